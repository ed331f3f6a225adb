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
    r.reason
from analytics.forecast_run as r;
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
