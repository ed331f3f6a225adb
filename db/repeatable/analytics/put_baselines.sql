-- New versions of baselines, valid from an instant until the next one. Fitting again for the same instant replaces,
-- so a job may be repeated. A baseline that was fitted for a later instant stays.
create or replace function analytics.put_baselines(p_valid_from timestamptz, p_history_from timestamptz, p_rows jsonb)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_rows bigint;
begin
    with new as materialized (
        select r.*
        from jsonb_to_recordset(p_rows) as r (
            sensor_id int, regime int, feature text, hours int, centre float8, usual float8, excess float8,
            clusters_per_day float8, usual_below float8, excess_below float8,
            clusters_per_day_below float8, least float8, profile float8[], profile_gain float8, noise float8,
            autocorrelation float8, reason text
        )
    ),
    before as (
        update analytics.baseline as b set valid_to = p_valid_from
        from new as n
        where b.sensor_id = n.sensor_id and b.regime = n.regime and b.feature = n.feature
            and b.valid_from < p_valid_from and b.valid_to > p_valid_from
        returning 1
    ),
    written as (
        insert into analytics.baseline as b (
            sensor_id, regime, feature, version, valid_from, valid_to, history_from, hours, centre, usual, excess,
            clusters_per_day, usual_below, excess_below, clusters_per_day_below, least, profile, profile_gain, noise,
            autocorrelation, reason
        )
        select n.sensor_id, n.regime, n.feature, coalesce(o.versions, 0) + 1, p_valid_from, coalesce(o.next_from, 'infinity'),
            p_history_from, n.hours, n.centre, n.usual, n.excess, n.clusters_per_day, n.usual_below, n.excess_below,
            n.clusters_per_day_below, n.least, n.profile, n.profile_gain,
            n.noise, n.autocorrelation, n.reason
        from new as n
        left join lateral (
            select max(x.version) as versions, min(x.valid_from) filter (where x.valid_from > p_valid_from) as next_from
            from analytics.baseline as x
            where x.sensor_id = n.sensor_id and x.regime = n.regime and x.feature = n.feature
        ) as o on true
        on conflict (sensor_id, regime, feature, valid_from) do update set
            history_from = excluded.history_from, hours = excluded.hours, centre = excluded.centre, usual = excluded.usual,
            excess = excluded.excess, clusters_per_day = excluded.clusters_per_day, usual_below = excluded.usual_below,
            excess_below = excluded.excess_below, clusters_per_day_below = excluded.clusters_per_day_below, least = excluded.least,
            profile = excluded.profile, profile_gain = excluded.profile_gain, noise = excluded.noise,
            autocorrelation = excluded.autocorrelation, reason = excluded.reason, fitted_at = excluded.fitted_at
        returning 1
    )
    select count(*) + (select count(*) from before) * 0 from written into v_rows;
    return v_rows;
end
$$;
comment on function analytics.put_baselines is
'Keeps new versions of baselines, valid from an instant on; returns how many';
