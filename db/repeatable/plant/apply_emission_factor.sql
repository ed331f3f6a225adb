-- A factor is known by its site, carrier and first day.
create or replace function plant.apply_emission_factor(p_item jsonb)
returns table (object text, name text, action text, old_value jsonb, new_value jsonb)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_site_id int := plant.site_named(p_item ->> 'site');
    v_carrier text := coalesce(p_item ->> 'carrier', 'electricity');
    v_from date := (p_item ->> 'from')::date;
    v_to date := (p_item ->> 'to')::date;
    v_name text := format('%s of %s from %s', v_carrier, p_item ->> 'site', v_from);
    v_old plant.emission_factor;
    v_other date;
begin
    if v_to <= v_from then
        raise exception 'it would end on %, not after its first day %', v_to, v_from
            using errcode = 'invalid_parameter_value', hint = 'to is the first day on which it holds no more; leave it out while none is known.';
    end if;
    select f.* into v_old from plant.emission_factor as f
    where f.site_id = v_site_id and f.carrier = v_carrier and lower(f.valid) = v_from for update;
    select lower(f.valid) into v_other from plant.emission_factor as f
    where f.site_id = v_site_id and f.carrier = v_carrier and lower(f.valid) <> v_from and f.valid && daterange(v_from, v_to);
    if found then
        raise exception 'it overlaps the factor from % of the same site and carrier', v_other
            using errcode = 'invalid_parameter_value', hint = 'One holds at a time: end the other one first, by its to.';
    end if;
    if v_old.emission_factor_id is null then
        insert into plant.emission_factor (site_id, carrier, valid, kg_per_kwh, source)
        values (v_site_id, v_carrier, daterange(v_from, v_to), (p_item ->> 'kg_per_kwh')::numeric, p_item ->> 'source');
    else
        update plant.emission_factor as f
        set valid = daterange(v_from, v_to), kg_per_kwh = (p_item ->> 'kg_per_kwh')::numeric, source = p_item ->> 'source'
        where f.emission_factor_id = v_old.emission_factor_id;
    end if;
    return query select * from plant.record_change(
        'emission factor', v_name,
        case when v_old.emission_factor_id is not null then jsonb_build_object(
            'to', upper(v_old.valid), 'kg_per_kwh', v_old.kg_per_kwh, 'source', v_old.source) end,
        jsonb_build_object('to', v_to, 'kg_per_kwh', (p_item ->> 'kg_per_kwh')::numeric, 'source', p_item ->> 'source'),
        'plant apply'
    );
end
$$;
comment on function plant.apply_emission_factor(jsonb) is 'Makes one emission factor as declared; returns what changed';
