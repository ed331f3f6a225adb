-- Individuals and moving range: NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2; Montgomery, Introduction to
-- Statistical Quality Control. 1.128 is d2 and 3.267 is D4 for two values.
create or replace function api.individuals(
    p_values float8[],
    out lots int, out center float8, out moving_range float8, out sigma float8,
    out lower float8, out upper float8, out moving_range_upper float8
)
language sql immutable parallel safe
begin atomic
    select
        count(v.value)::int,
        avg(v.value),
        avg(v.step),
        avg(v.step) / 1.128,
        avg(v.value) - 3 * avg(v.step) / 1.128,
        avg(v.value) + 3 * avg(v.step) / 1.128,
        3.267 * avg(v.step)
    from (
        select x.value, abs(x.value - lag(x.value) over (order by x.place)) as step
        from unnest(p_values) with ordinality as x (value, place)
        where x.value is not null
    ) as v;
end;
comment on function api.individuals(float8[]) is
'Limits of a chart of single values from their order: centre, mean moving range, sigma = that / 1.128, and centre - and + 3 sigma; without limits for fewer than 2 values';
