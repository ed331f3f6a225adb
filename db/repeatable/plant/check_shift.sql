-- Shifts of a site do not overlap. Of two that do, the one that came later is named with the other.
create or replace function plant.check_shift(p_site text, p_name text)
returns void
language plpgsql stable
set search_path = pg_catalog, pg_temp
as $$
declare
    v_other text;
begin
    select format('%s on %s', o.name, (lower(o.during) at time zone t.time_zone)::date) into v_other
    from plant.site as t
    inner join plant.shift as s on s.site_id = t.site_id and s.name = p_name
    inner join plant.shift as o on o.site_id = s.site_id and o.during && s.during and o.shift_id < s.shift_id
    where t.code = p_site
    order by o.during limit 1;
    if found then
        raise exception 'it overlaps with shift %', v_other
            using errcode = 'exclusion_violation', hint = 'Shifts of a site may touch but not overlap.';
    end if;
end
$$;
comment on function plant.check_shift(text, text) is 'Refuses a shift that overlaps with one that was there before it';
