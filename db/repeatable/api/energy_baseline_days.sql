-- Energy of a place by day from p_from to p_to, both included, beside what its energy baselines expect. Only these days
-- are worked out. No plant is further ahead of the session's day than tomorrow.
create function api.energy_baseline_days(p_level text, p_place text, p_from date, p_to date)
returns table (
    carrier text, day date, version int, period text, actual_kwh float8, expected_kwh float8, deviation_kwh float8, enpi float8,
    coverage float8, is_valid boolean, is_beyond boolean, reason text
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
    with model as (
        select m.*, lead(m.baseline_to) over (partition by m.level, m.place, m.carrier order by m.version) as renewed_on
        from analytics.energy_model as m
        where m.level = p_level and m.place = p_place
    ),
    day as (
        select d.*
        from (select min(m.baseline_from) as first_day from model as m) as r
        cross join lateral api.energy_days(
            p_level, p_place, greatest(p_from, r.first_day), least(p_to, current_date + 1)
        ) as d
        where r.first_day is not null
    ),
    term as (
        select t.energy_model_id, array_agg(t.input order by t.input) as inputs,
            bool_or(t.input like 'quantity:%') as has_quantity
        from analytics.energy_term as t
        group by t.energy_model_id
    )
    select
        m.carrier,
        d.day,
        m.version,
        case when d.day <= m.baseline_to then 'baseline' else 'reporting' end,
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
    join day as d on d.carrier = m.carrier and d.day >= m.baseline_from and (m.renewed_on is null or d.day <= m.renewed_on)
    left join lateral (
        select string_agg(substr(k.input, 10), ', ' order by k.input) as reference
        from jsonb_object_keys(d.inputs) as k (input)
        where t.has_quantity and k.input like 'quantity:%' and k.input <> all (t.inputs)
    ) as n on true
    cross join lateral (
        select
            sum(b.coefficient * v.value) as expected_kwh,
            bool_or(v.value is null) as is_unknown,
            coalesce(bool_or(
                v.value < b.minimum - 1e-9 * abs(b.minimum) or v.value > b.maximum + 1e-9 * abs(b.maximum)
            ), false) as is_beyond
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
    ) as e
$$;
comment on function api.energy_baseline_days(text, text, date, date) is
'What a machine, line or site used on each day of a period, beside what its energy baseline expects';
