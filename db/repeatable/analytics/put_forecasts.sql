-- Forecasts as a job made them. The same place and hour of issue again replaces what was said: a job may be repeated.
create or replace function analytics.put_forecasts(p_rows jsonb)
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
            level text, place text, carrier text, issued_at timestamptz, history_hours int, method text,
            error_ratio float8, compared_days int, reason text, times timestamptz[], energy_kwh float8[],
            low_kwh float8[], high_kwh float8[], naive_kwh float8[]
        )
    ),
    before as (
        delete from analytics.forecast as f
        using analytics.forecast_run as r, new as n
        where f.forecast_run_id = r.forecast_run_id and f.time <> all (n.times)
            and (r.level, r.place, r.carrier, r.issued_at) = (n.level, n.place, n.carrier, n.issued_at)
    ),
    run as (
        insert into analytics.forecast_run as r (
            level, place, carrier, issued_at, history_hours, method, error_ratio, compared_days, reason
        )
        select n.level, n.place, n.carrier, n.issued_at, n.history_hours, n.method, n.error_ratio, n.compared_days, n.reason
        from new as n
        on conflict (level, place, carrier, issued_at) do update set
            fitted_at = excluded.fitted_at, history_hours = excluded.history_hours, method = excluded.method,
            error_ratio = excluded.error_ratio, compared_days = excluded.compared_days, reason = excluded.reason
        returning r.forecast_run_id, r.level, r.place, r.carrier, r.issued_at
    )
    insert into analytics.forecast as f (forecast_run_id, time, energy_kwh, low_kwh, high_kwh, naive_kwh)
    select r.forecast_run_id, h.*
    from run as r
    join new as n using (level, place, carrier, issued_at)
    cross join unnest(n.times, n.energy_kwh, n.low_kwh, n.high_kwh, n.naive_kwh) as h
    on conflict (forecast_run_id, time) do update set
        energy_kwh = excluded.energy_kwh, low_kwh = excluded.low_kwh, high_kwh = excluded.high_kwh,
        naive_kwh = excluded.naive_kwh;
    get diagnostics v_rows = row_count;
    return v_rows;
end
$$;
comment on function analytics.put_forecasts(jsonb) is 'Keeps forecasts with their hours; returns how many hours';
