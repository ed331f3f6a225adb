create view api.forecast as
select
    r.level,
    r.place,
    r.carrier,
    r.issued_at,
    f.time,
    f.time at time zone z.time_zone as local_time,
    f.energy_kwh,
    f.low_kwh,
    f.high_kwh,
    f.naive_kwh,
    a.energy_kwh as actual_kwh,
    a.energy_kwh - f.energy_kwh as error_kwh,
    a.energy_kwh between f.low_kwh and f.high_kwh as is_within,
    r.method,
    r.reason,
    not exists (
        select from analytics.forecast_run as n
        where n.level = r.level and n.place = r.place and n.carrier = r.carrier and n.issued_at > r.issued_at
    ) as is_newest
from analytics.forecast_run as r
join analytics.forecast as f using (forecast_run_id)
left join analytics.place as z on z.level = r.level and z.place = r.place
left join (
    select e.* from api.energy_hourly as e
    where e.coverage >= (select t.value::float8 from ops.setting as t where t.name = 'energy_minimum_coverage')
) as a on a.level = r.level and a.place = r.place and a.carrier = r.carrier and a.time = f.time;
comment on view api.forecast is 'Forecasts of hourly energy, 24 hours ahead, every one that was issued, with what happened beside it';
comment on column api.forecast.level is 'machine, line or site';
comment on column api.forecast.place is 'Code of the machine, line or site';
comment on column api.forecast.carrier is 'Energy carrier';
comment on column api.forecast.issued_at is 'Start of its first hour; it knew only what was used before';
comment on column api.forecast.time is 'Start of the hour that is foreseen';
comment on column api.forecast.local_time is 'The same in plant time';
comment on column api.forecast.energy_kwh is 'Energy foreseen, kWh; NULL where nothing could be said';
comment on column api.forecast.low_kwh is 'Lower end of the 95 % interval, kWh; NULL where there were too few errors to tell';
comment on column api.forecast.high_kwh is 'Upper end of the 95 % interval, kWh; NULL where there were too few errors to tell';
comment on column api.forecast.naive_kwh is 'What the same hour a week before used: what the forecast is measured against';
comment on column api.forecast.actual_kwh is 'What was used, kWh; NULL until the hour is over, and where it was not fully measured';
comment on column api.forecast.error_kwh is 'actual_kwh - energy_kwh';
comment on column api.forecast.is_within is 'True where what was used lies in the interval';
comment on column api.forecast.method is 'naive, profile (median of 28 days of its kind), recent (of 7), weekday (median of the weekday), regression (profile + deviations of late), blend (mean of profile and regression), plan (of planned runs), ets; half of one: its mean with naive';
comment on column api.forecast.reason is 'Why the naive forecast was published, or none; NULL where a better one was';
comment on column api.forecast.is_newest is 'True for the newest of its place and carrier';
