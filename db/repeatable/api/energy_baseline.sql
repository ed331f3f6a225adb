create view api.energy_baseline as
with model as (
    select m.*, lead(m.baseline_to) over (partition by m.level, m.place, m.carrier order by m.version) as renewed_on
    from analytics.energy_model as m
),
term as (
    select t.energy_model_id, array_agg(t.input order by t.input) as inputs,
        bool_or(t.input like 'quantity:%') as has_quantity
    from analytics.energy_term as t
    group by t.energy_model_id
)
select
    m.level,
    m.place,
    m.carrier,
    d.day,
    m.version,
    case when d.day <= m.baseline_to then 'baseline' else 'reporting' end as period,
    d.energy_kwh as actual_kwh,
    e.expected_kwh,
    d.energy_kwh - e.expected_kwh as deviation_kwh,
    d.energy_kwh / nullif(e.expected_kwh, 0) as enpi,
    d.coverage,
    m.is_valid,
    e.is_beyond,
    coalesce(
        'made in the baseline period was no ' || n.reference,
        case when x.is_unknown then 'an input is not known' end,
        case when d.energy_kwh is null then 'not fully measured' end
    ) as reason
from model as m
join term as t using (energy_model_id)
join analytics.energy_day_input as d
    on d.level = m.level and d.place = m.place and d.carrier = m.carrier and d.day >= m.baseline_from
    and (m.renewed_on is null or d.day <= m.renewed_on)
left join lateral (
    select string_agg(substr(k.input, 10), ', ' order by k.input) as reference
    from jsonb_object_keys(d.inputs) as k (input)
    where t.has_quantity and k.input like 'quantity:%' and k.input <> all (t.inputs)
) as n on true
cross join lateral (
    select
        sum(b.coefficient * v.value) as expected_kwh,
        bool_or(v.value is null) as is_unknown,
        coalesce(bool_or(v.value < b.minimum or v.value > b.maximum), false) as is_beyond
    from analytics.energy_term as b
    cross join lateral (
        select case
            when b.input = 'constant' then 1
            when b.input like 'driver:%' or d.inputs ? b.input then (d.inputs ->> b.input)::float8
            else 0
        end as value
    ) as v
    where b.energy_model_id = m.energy_model_id
) as x
cross join lateral (
    select
        case when not x.is_unknown and n.reference is null then x.expected_kwh end as expected_kwh,
        case when not x.is_unknown and n.reference is null then x.is_beyond end as is_beyond
) as e;
comment on view api.energy_baseline is 'What each machine, line and site used by day, beside what its energy baseline expects';
comment on column api.energy_baseline.level is 'machine, line or site';
comment on column api.energy_baseline.place is 'Code of the machine, line or site';
comment on column api.energy_baseline.carrier is 'Energy carrier';
comment on column api.energy_baseline.day is 'Day of plant time';
comment on column api.energy_baseline.version is 'Version of the baseline; days before a renewal show under both';
comment on column api.energy_baseline.period is 'baseline (it was fitted to that period) or reporting';
comment on column api.energy_baseline.actual_kwh is 'Energy used, kWh; NULL where the day was not fully measured';
comment on column api.energy_baseline.expected_kwh is 'Energy that the baseline expects for what was made on that kind of day, kWh; NULL where reason says why';
comment on column api.energy_baseline.deviation_kwh is 'actual_kwh - expected_kwh: below zero is saved';
comment on column api.energy_baseline.enpi is 'Energy performance indicator (ISO 50006): actual / expected; below 1 is better than the baseline';
comment on column api.energy_baseline.coverage is 'Share of the day that was measured';
comment on column api.energy_baseline.is_valid is 'True where the baseline meets the conditions of api.energy_model';
comment on column api.energy_baseline.is_beyond is 'True where an input is outside of what the baseline period saw: trust it less';
comment on column api.energy_baseline.reason is 'Why the day cannot be compared; NULL where it can';
