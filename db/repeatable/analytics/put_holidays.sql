-- The holidays of a site in a range of days, as they are now known: what was there before goes.
create or replace function analytics.put_holidays(p_site text, p_from date, p_to date, p_days date[], p_names text[])
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_site_id int := (select s.site_id from plant.site as s where s.code = p_site);
    v_rows bigint;
begin
    delete from analytics.holiday as h
    where h.site_id = v_site_id and h.day between p_from and p_to and h.day <> all (p_days);
    insert into analytics.holiday as h (site_id, day, name)
    select v_site_id, d.day, d.name from unnest(p_days, p_names) as d (day, name)
    on conflict (site_id, day) do update set name = excluded.name where h.name <> excluded.name;
    get diagnostics v_rows = row_count;
    return v_rows;
end
$$;
comment on function analytics.put_holidays is 'Keeps the public holidays of a site in a range of days; returns how many are new or have another name';
