create view api.control_chart as
with setting as (
    select s.value::int as minimum_lots from ops.setting as s where s.name = 'control_minimum_lots'
),
valued as (
    select v.*, c.version, c.center, c.moving_range as moving_range_mean, c.lots
    from analytics.control_value as v
    left join lateral (
        select x.* from analytics.control_limit as x
        where x.reference_id = v.reference_id and x.figure = v.figure and x.valid_from <= v.finished_at
        order by x.valid_from desc, x.version desc limit 1
    ) as c on true
),
series as (
    -- rules look at lots under one set of limits: a new version starts anew
    select v.reference, v.figure, v.version, v.center, v.moving_range_mean, v.lots,
        array_agg(v.lot order by v.finished_at, v.lot) as lot,
        array_agg(v.finished_at order by v.finished_at, v.lot) as finished_at,
        array_agg(v.value order by v.finished_at, v.lot) as figures
    from valued as v
    group by v.reference, v.figure, v.version, v.center, v.moving_range_mean, v.lots
)
select
    s.reference,
    s.figure,
    s.lot[n.place] as lot,
    s.finished_at[n.place] as finished_at,
    n.value,
    s.center,
    s.center - 3 * x.sigma as lower_limit,
    s.center + 3 * x.sigma as upper_limit,
    x.sigma,
    n.moving_range,
    3.267 * nullif(s.moving_range_mean, 0) as moving_range_limit,
    n.rules,
    cardinality(n.rules) > 0 as is_out_of_control,
    s.version as limit_version,
    s.lots as baseline_lots,
    case
        when s.version is null then format(
            'no limits yet: lotwatt jobs lots freezes them when there are %s lots that count', m.minimum_lots
        )
        when x.sigma is null then 'all lots of the baseline are alike: no limits'
    end as reason
from series as s
cross join setting as m
cross join lateral (select nullif(s.moving_range_mean, 0) / 1.128 as sigma) as x
cross join lateral api.nelson(s.figures, s.center, x.sigma) as n;
comment on view api.control_chart is 'Control charts of lots (individuals and moving range) with frozen limits, and which of Nelson''s rules each lot breaks';
comment on column api.control_chart.reference is 'Product made: a chart is of one product';
comment on column api.control_chart.figure is 'energy_kwh_per_unit, machine_s or temperature_c_mean';
comment on column api.control_chart.lot is 'Lot';
comment on column api.control_chart.finished_at is 'End of the lot: the order of the chart';
comment on column api.control_chart.value is 'Value of the figure: kWh a unit, seconds, or degrees C';
comment on column api.control_chart.center is 'Mean of the baseline';
comment on column api.control_chart.lower_limit is 'center - 3 sigma';
comment on column api.control_chart.upper_limit is 'center + 3 sigma';
comment on column api.control_chart.sigma is 'Mean moving range of the baseline / 1.128';
comment on column api.control_chart.moving_range is 'Distance to the lot before';
comment on column api.control_chart.moving_range_limit is '3.267 x mean moving range of the baseline';
comment on column api.control_chart.rules is 'Nelson''s rules that this lot completes the breaking of; empty where none, NULL without limits';
comment on column api.control_chart.is_out_of_control is 'True where it breaks a rule; NULL without limits';
comment on column api.control_chart.limit_version is 'Version of the limits that were valid when it finished';
comment on column api.control_chart.baseline_lots is 'Lots behind the limits';
comment on column api.control_chart.reason is 'Why there are no limits; NULL where there are';
