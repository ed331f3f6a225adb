create function api.energy_savings(p_level text, p_place text, p_since date, p_until date default null, p_carrier text default 'electricity')
returns table (
    days int, expected_kwh float8, actual_kwh float8, savings_kwh float8, uncertainty_kwh float8, savings_percent float8,
    fractional_uncertainty float8, is_significant boolean, is_valid boolean, days_left_out int
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
as $$
    with model as (
        select m.* from analytics.energy_model as m
        where m.level = p_level and m.place = p_place and m.carrier = p_carrier and m.baseline_to < p_since
        order by m.version desc limit 1
    ),
    sum as (
        select count(b.deviation_kwh)::int as days, count(*)::int - count(b.deviation_kwh)::int as days_left_out,
            sum(b.expected_kwh) filter (where b.deviation_kwh is not null) as expected_kwh,
            sum(b.actual_kwh) filter (where b.deviation_kwh is not null) as actual_kwh
        from model as m
        join api.energy_baseline_days(p_level, p_place, p_since, coalesce(p_until, 'infinity')) as b using (carrier, version)
    )
    select s.days, s.expected_kwh, s.actual_kwh, x.savings_kwh, u.uncertainty_kwh,
        100 * x.savings_kwh / nullif(s.expected_kwh, 0), u.uncertainty_kwh / nullif(abs(x.savings_kwh), 0),
        u.uncertainty_kwh < abs(x.savings_kwh), m.is_valid, s.days_left_out
    from sum as s
    cross join model as m
    cross join lateral (select s.expected_kwh - s.actual_kwh as savings_kwh) as x
    cross join lateral (
        select analytics.savings_uncertainty(
            s.expected_kwh, m.mean_kwh, m.rmse_kwh, m.days, m.autocorrelation, s.days, m.t_90
        ) as uncertainty_kwh
    ) as u
    where s.days > 0
$$;
comment on function api.energy_savings is
'Energy saved by a machine, line or site since a day, against the newest baseline that ended before it, with an uncertainty of 90 % confidence (ASHRAE Guideline 14): api.energy_savings(''site'', ''MAD'', ''2026-03-01''). No row where there is nothing to compare';
