-- Slices as they should be: the pieces of a range, added up by quarter-hour and run.
create or replace function telemetry.slice_of(p_sensor_ids int[], p_from timestamptz[], p_to timestamptz[])
returns setof telemetry.slice
language sql stable
as $$
    select
        bucket, sensor_id, run_id, state, min(role), min(machine_id), min(lot_id), min(reference_id),
        count(used_value)::int, bit_or(flags),
        max(case when state = 'l' then date_part('epoch', span_to - span_from) end),
        sum(measured_s), sum(known_s), sum(amount), sum(value_s), min(used_value), max(used_value),
        sum(below_s), sum(above_s)
    from telemetry.piece(p_sensor_ids, p_from, p_to)
    group by sensor_id, bucket, run_id, state
$$;
comment on function telemetry.slice_of(int[], timestamptz[], timestamptz[]) is
'Slices of sensors worked out from readings and runs, over quarter-hour-aligned ranges that do not overlap per sensor';
