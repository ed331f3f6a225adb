-- Fixed width in UTC only: days, shifts and months in the site's time zone are views over these.
-- Sums of energy, seconds and value x seconds add up; means are divided in the views, never here.

create materialized view telemetry.energy_lot_hourly
with (timescaledb.continuous, timescaledb.materialized_only = false) as
select
    time_bucket(interval '1 hour', time) as bucket,
    lot_id,
    run_id,
    machine_id,
    sensor_id,
    sum(amount) as energy_kwh,
    sum(measured_s) as measured_s,
    sum(known_s) as known_s,
    bit_or(flags) as flags
from telemetry.slice
where state = 'l' and role = 'main_energy'
group by time_bucket(interval '1 hour', time), lot_id, run_id, machine_id, sensor_id
with no data;

create materialized view telemetry.energy_reference_hourly
with (timescaledb.continuous, timescaledb.materialized_only = false) as
select
    time_bucket(interval '1 hour', time) as bucket,
    reference_id,
    machine_id,
    sum(amount) as energy_kwh,
    sum(measured_s) as measured_s,
    sum(known_s) as known_s,
    bit_or(flags) as flags
from telemetry.slice
where state = 'l' and role = 'main_energy'
group by time_bucket(interval '1 hour', time), reference_id, machine_id
with no data;

create materialized view telemetry.temperature_lot_hourly
with (timescaledb.continuous, timescaledb.materialized_only = false) as
select
    time_bucket(interval '1 hour', time) as bucket,
    lot_id,
    run_id,
    machine_id,
    sensor_id,
    sum(value_s) as value_s,
    sum(measured_s) as measured_s,
    min(minimum) as minimum_c,
    max(maximum) as maximum_c,
    sum(below_s) as below_s,
    sum(above_s) as above_s,
    sum(readings) as readings,
    bit_or(flags) as flags
from telemetry.slice
where state = 'l' and role = 'process_temperature'
group by time_bucket(interval '1 hour', time), lot_id, run_id, machine_id, sensor_id
with no data;

create materialized view telemetry.temperature_reference_hourly
with (timescaledb.continuous, timescaledb.materialized_only = false) as
select
    time_bucket(interval '1 hour', time) as bucket,
    reference_id,
    machine_id,
    sum(value_s) as value_s,
    sum(measured_s) as measured_s,
    min(minimum) as minimum_c,
    max(maximum) as maximum_c,
    sum(below_s) as below_s,
    sum(above_s) as above_s,
    bit_or(flags) as flags
from telemetry.slice
where state = 'l' and role = 'process_temperature'
group by time_bucket(interval '1 hour', time), reference_id, machine_id
with no data;

create materialized view telemetry.output_lot_hourly
with (timescaledb.continuous, timescaledb.materialized_only = false) as
select
    time_bucket(interval '1 hour', time) as bucket,
    lot_id,
    run_id,
    machine_id,
    sensor_id,
    sum(amount) as quantity,
    sum(measured_s) as measured_s,
    sum(known_s) as known_s,
    bit_or(flags) as flags
from telemetry.slice
where state = 'l' and role = 'output'
group by time_bucket(interval '1 hour', time), lot_id, run_id, machine_id, sensor_id
with no data;

create materialized view telemetry.sensor_hourly
with (timescaledb.continuous, timescaledb.materialized_only = false) as
select
    time_bucket(interval '1 hour', time) as bucket,
    sensor_id,
    state,
    sum(amount) as amount,
    sum(value_s) as value_s,
    sum(measured_s) as measured_s,
    sum(known_s) as known_s,
    min(minimum) as minimum,
    max(maximum) as maximum,
    sum(readings) as readings,
    bit_or(flags) as flags
from telemetry.slice
group by time_bucket(interval '1 hour', time), sensor_id, state
with no data;
