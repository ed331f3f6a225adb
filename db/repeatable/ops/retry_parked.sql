-- What could not be settled goes back to the work lists, once its cause is mended: slices to those of
-- sensors, runs to those of machines.
create or replace function ops.retry_parked()
returns int
language sql volatile
begin atomic
    with gone as (
        delete from telemetry.parked
        returning sensor_ids, machine_ids, from_time, to_time, cause
    ),

    slices as (
        insert into telemetry.dirty (sensor_ids, from_time, to_time, cause)
        select
            g.sensor_ids,
            g.from_time,
            g.to_time,
            g.cause
        from gone as g
        where g.sensor_ids is not null
    ),

    runs as (
        insert into telemetry.dirty_run (machine_ids, from_time, to_time, cause)
        select
            g.machine_ids,
            g.from_time,
            g.to_time,
            g.cause
        from gone as g
        where g.machine_ids is not null
    )

    select count(*)::int from gone;
end;
comment on function ops.retry_parked() is
'Puts parked ranges back into the queues of settling; returns how many. Those whose cause remains are parked again';
