-- The register of a day is frozen before its readings are dropped, so that the ledger can be proved
-- afterwards; and the bands of references, as time out of band cannot be worked out again for others.
create or replace function telemetry.freeze_registers(p_before timestamptz)
returns int
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_count int;
begin
    insert into telemetry.register (sensor_id, day, opening, closing, advance, resets, spikes, unknown_s)
    select d.sensor_id, d.day, a.opening, a.closing, a.advance, a.resets, a.spikes, a.unknown_s
    from (
        select distinct s.sensor_id, (s.time at time zone 'UTC')::date as day
        from telemetry.slice as s
        join plant.sensor as p using (sensor_id)
        where p.kind in ('counter', 'amount', 'power') and s.time < p_before
            and s.time >= (select h.raw_from from telemetry.horizon as h)
    ) as d
    cross join lateral telemetry.meter_advance(
        d.sensor_id, d.day::timestamp at time zone 'UTC', (d.day + 1)::timestamp at time zone 'UTC'
    ) as a
    on conflict (sensor_id, day) do nothing;
    get diagnostics v_count = row_count;
    insert into telemetry.band as b (reference_id, minimum_c, maximum_c)
    select f.reference_id, f.temperature_minimum_c, f.temperature_maximum_c from plant.reference as f
    on conflict (reference_id) do update set minimum_c = excluded.minimum_c, maximum_c = excluded.maximum_c
    where (b.minimum_c, b.maximum_c) is distinct from (excluded.minimum_c, excluded.maximum_c);
    return v_count;
end
$$;
comment on function telemetry.freeze_registers(timestamptz) is
'Keeps what each meter advanced on each UTC day before an instant; returns the number of days kept';
