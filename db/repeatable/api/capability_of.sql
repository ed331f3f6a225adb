-- NIST/SEMATECH e-Handbook of Statistical Methods, 6.1.6.
create or replace function api.capability_of(
    p_mean float8, p_sigma float8, p_minimum float8, p_maximum float8, out cp float8, out cpk float8
)
language sql immutable parallel safe
begin atomic
    select
        (p_maximum - p_minimum) / nullif(6 * p_sigma, 0),
        least(p_maximum - p_mean, p_mean - p_minimum) / nullif(3 * p_sigma, 0);
end;
comment on function api.capability_of(float8, float8, float8, float8) is
'Cp = width of the band / 6 sigma, NULL without both ends; Cpk = distance of the mean from the nearer end / 3 sigma';
