-- Profiles of lots that have none, or one of other figures than they have now; readings that are gone leave it as it is.
create or replace function analytics.profile_lots(p_limit int)
returns int
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_rows int;
begin
    with wanted as (
        select f.lot, t.lot_id, w.basis
        from api.lot_feature as f
        join plant.lot as t on t.number = f.lot
        join api.lot as l on l.number = f.lot
        cross join lateral (
            -- rounded: the same readings may be added up in another order
            select concat_ws(
                ' ', f.started_at, f.finished_at, round(f.machine_s::numeric, 3), round(f.energy_kwh::numeric, 6),
                round(l.temperature_c_mean::numeric, 6)
            ) as basis
        ) as w
        left join analytics.lot_profile as p using (lot_id)
        cross join telemetry.horizon as h
        where f.reference <> '' and f.finished_at is not null and f.machine_s > 0
            and f.started_at >= h.raw_from and p.basis is distinct from w.basis
        order by f.finished_at, f.lot
        limit p_limit
    )
    insert into analytics.lot_profile (lot_id, temperature_c, power_kw, basis)
    select w.lot_id, array_agg(p.temperature_c order by p.phase), array_agg(p.power_kw order by p.phase), w.basis
    from analytics.lot_phase(array(select x.lot from wanted as x), 50) as p
    join wanted as w on w.lot = p.lot
    group by w.lot_id, w.basis
    on conflict (lot_id) do update
    set temperature_c = excluded.temperature_c, power_kw = excluded.power_kw, basis = excluded.basis, made_at = now();
    get diagnostics v_rows = row_count;
    return v_rows;
end
$$;
comment on function analytics.profile_lots(int) is 'Makes profiles of finished lots that lack one, up to a limit; how many it made';
