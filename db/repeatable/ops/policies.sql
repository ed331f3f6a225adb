-- What TimescaleDB does by itself, in its portable spelling (2.18 to 2.29). Removed and added on every
-- deploy: adding a policy that exists with other arguments would keep the old ones.
do $$
declare
    v_aggregate record;
    v_job record;
    v_reading_after interval := (select s.value::interval from ops.setting as s where s.name = 'raw_compress_after');
    v_slice_after interval := (select s.value::interval from ops.setting as s where s.name = 'slice_compress_after');
begin
    for v_job in
        select j.job_id from timescaledb_information.jobs as j
        where j.proc_schema = 'ops'
            or j.hypertable_schema = 'telemetry'
            or (j.hypertable_schema, j.hypertable_name) in (
                select c.materialization_hypertable_schema, c.materialization_hypertable_name
                from timescaledb_information.continuous_aggregates as c where c.view_schema = 'telemetry'
            )
    loop
        perform public.delete_job(v_job.job_id);
    end loop;

    call public.add_columnstore_policy('telemetry.reading', after => v_reading_after);
    call public.add_columnstore_policy('telemetry.slice', after => v_slice_after);
    for v_aggregate in select a.aggregate from ops.aggregate as a loop
        perform public.add_continuous_aggregate_policy(
            v_aggregate.aggregate::regclass, start_offset => interval '30 days', end_offset => interval '2 hours',
            schedule_interval => interval '15 minutes', buckets_per_batch => 0
        );
    end loop;
    perform public.add_job('ops.drop_raw', interval '1 day');
    perform public.add_job('ops.forget', interval '1 hour');
end
$$;
