create view api.forecast_run as
select
    r.level,
    r.place,
    r.carrier,
    r.issued_at,
    r.fitted_at,
    r.history_hours,
    r.method,
    r.error_ratio,
    r.compared_days,
    r.reason,
    not exists (
        select from analytics.forecast_run as n
        where n.level = r.level and n.place = r.place and n.carrier = r.carrier and n.issued_at > r.issued_at
    ) as is_newest,
    f.energy_kwh
from analytics.forecast_run as r
left join lateral (
    select sum(x.energy_kwh) as energy_kwh from analytics.forecast as x where x.forecast_run_id = r.forecast_run_id
) as f on true;
comment on view api.forecast_run is 'Each forecast that was issued: its method, and how good that method was before';
comment on column api.forecast_run.level is 'machine, line or site';
comment on column api.forecast_run.place is 'Code of the machine, line or site';
comment on column api.forecast_run.carrier is 'Energy carrier';
comment on column api.forecast_run.issued_at is 'Start of its first hour';
comment on column api.forecast_run.fitted_at is 'When it was worked out';
comment on column api.forecast_run.history_hours is 'Fully measured hours that it learned from';
comment on column api.forecast_run.method is 'Method that was chosen; NULL where there is no forecast';
comment on column api.forecast_run.error_ratio is 'Mean absolute error of the method / that of the week-ago naive forecast, over the days before the issue';
comment on column api.forecast_run.compared_days is 'Days that methods were compared on, at most 28';
comment on column api.forecast_run.reason is 'Why the naive forecast was published, or none; NULL where a better one was';
comment on column api.forecast_run.is_newest is 'True for the newest of its place and carrier';
comment on column api.forecast_run.energy_kwh is 'Energy of its 24 hours, kWh';
