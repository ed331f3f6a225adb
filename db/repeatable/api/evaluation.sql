create view api.evaluation as
select
    e.evaluated_at,
    e.subject,
    e.data,
    e.result
from analytics.evaluation as e;
comment on view api.evaluation is 'How good what is learned was found to be, each time that lotwatt jobs evaluate ran';
comment on column api.evaluation.evaluated_at is 'When';
comment on column api.evaluation.subject is 'machine_temperature (anomalies), dryer (lots), steel (forecasts), or plant: what is known of the plant''s own data';
comment on column api.evaluation.data is 'shipped with Lotwatt, or the plant''s own';
comment on column api.evaluation.result is 'Figures by name; shares as fractions, but where a name says percent';
