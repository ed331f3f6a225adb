-- One tariff with all its prices and times, as the plant file gives them: what it had before goes. Costs are worked out
-- when they are read, so they follow at once.
create or replace function plant.apply_tariff(p_item jsonb)
returns table (object text, name text, action text, old_value jsonb, new_value jsonb)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_code text := p_item ->> 'code';
    v_site_id int := plant.site_named(p_item ->> 'site');
    v_carrier text := coalesce(p_item ->> 'carrier', 'electricity');
    v_from date := (p_item ->> 'from')::date;
    v_to date := (p_item ->> 'to')::date;
    v_prices jsonb := coalesce(nullif(p_item -> 'prices', 'null'), '[]');
    v_times jsonb := coalesce(nullif(p_item -> 'times', 'null'), '[]');
    v_classes text[] := array(select x.value ->> 'class' from jsonb_array_elements(v_prices) as x order by 1);
    v_has_holidays boolean;
    v_old jsonb;
    v_new jsonb;
    v_other text;
    v_tariff_id int;
begin
    if v_to <= v_from then
        raise exception 'it would end on %, not after its first day %', v_to, v_from
            using errcode = 'invalid_parameter_value', hint = 'to is the first day on which it holds no more; leave it out while none is known.';
    end if;
    if v_classes = '{}' then
        raise exception 'it has no price'
            using errcode = 'invalid_parameter_value', hint = 'Give at least one [[tariff_prices]] entry for it.';
    end if;
    select x.class into v_other from unnest(v_classes) as x (class) group by x.class having count(*) > 1 limit 1;
    if found then
        raise exception 'class % has two prices', v_other
            using errcode = 'invalid_parameter_value', hint = 'A price that changes is a new tariff from that day on.';
    end if;
    if v_times = '[]' and cardinality(v_classes) > 1 then
        raise exception 'it has % classes and no times', cardinality(v_classes)
            using errcode = 'invalid_parameter_value', hint = 'Say by [[tariff_times]] when each class holds; the first entry that fits counts.';
    end if;
    v_has_holidays := exists (
        select from jsonb_array_elements(v_times) as t cross join jsonb_array_elements_text(t.value -> 'days') as d (value)
        where lower(left(d.value, 3)) = 'hol'
    );
    perform plant.check_tariff_times(v_times, v_classes, v_has_holidays);
    if exists (select from plant.site as s where s.site_id = v_site_id and s.currency is null) then
        raise exception 'site % has no currency', p_item ->> 'site'
            using errcode = 'invalid_parameter_value', hint = 'Give its currency, such as EUR: prices are in it.';
    end if;
    if v_has_holidays and exists (select from plant.site as s where s.site_id = v_site_id and s.holiday_calendar is null) then
        raise exception 'it has times for holidays, and site % has no holiday_calendar', p_item ->> 'site'
            using errcode = 'invalid_parameter_value', hint = 'Give the site its holiday_calendar, such as ES or ES-MD.';
    end if;
    select t.code into v_other from plant.tariff as t
    where t.site_id = v_site_id and t.carrier = v_carrier and t.code <> v_code and t.valid && daterange(v_from, v_to);
    if found then
        raise exception 'it overlaps tariff % of the same site and carrier', v_other
            using errcode = 'invalid_parameter_value', hint = 'One holds at a time: end the other one first, by its to.';
    end if;

    v_old := plant.tariff_json(v_code);
    insert into plant.tariff as t (code, site_id, carrier, valid, has_holidays)
    values (v_code, v_site_id, v_carrier, daterange(v_from, v_to), v_has_holidays)
    on conflict (code) do update
        set site_id = excluded.site_id, carrier = excluded.carrier, valid = excluded.valid, has_holidays = excluded.has_holidays
    returning t.tariff_id into v_tariff_id;
    delete from plant.tariff_price as p where p.tariff_id = v_tariff_id;
    insert into plant.tariff_price (tariff_id, class, price_per_kwh, price_per_kw_month)
    select v_tariff_id, x.value ->> 'class', (x.value ->> 'price_per_kwh')::numeric, (x.value ->> 'price_per_kw_month')::numeric
    from jsonb_array_elements(v_prices) as x;
    delete from plant.tariff_day as d where d.tariff_id = v_tariff_id;
    insert into plant.tariff_day (tariff_id, month, day_type, classes)
    select v_tariff_id, d.month, d.day_type, d.classes
    from plant.tariff_days(
        case when v_times = '[]' then jsonb_build_array(jsonb_build_object('class', v_classes[1])) else v_times end
    ) as d
    where v_has_holidays or d.day_type > 0;
    v_new := plant.tariff_json(v_code);
    return query select * from plant.record_change('tariff', v_code, v_old, v_new, 'plant apply');
end
$$;
comment on function plant.apply_tariff(jsonb) is 'Makes one tariff, its prices and its times as declared; returns what changed';
