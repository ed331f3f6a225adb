-- The continuous aggregates that the platform keeps up to date, in the order in which they are refreshed.
create or replace view ops.aggregate as
select format('%I.%I', c.view_schema, c.view_name) as aggregate
from timescaledb_information.continuous_aggregates as c
where c.view_schema = 'telemetry';
comment on view ops.aggregate is 'Continuous aggregates over slices';
