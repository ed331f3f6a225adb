-- TimescaleDB from here on; the files before this one also run on plain PostgreSQL.
create extension if not exists timescaledb;

select create_hypertable('telemetry.reading', by_range('time', interval '7 days'), create_default_indexes => false);
alter table telemetry.reading set (
    timescaledb.enable_columnstore, timescaledb.segmentby = 'sensor_id', timescaledb.orderby = 'time desc'
);
select create_hypertable('telemetry.slice', by_range('time', interval '28 days'), create_default_indexes => false);
alter table telemetry.slice set (
    timescaledb.enable_columnstore, timescaledb.segmentby = 'sensor_id', timescaledb.orderby = 'time desc'
);
