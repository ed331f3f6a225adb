-- A tariff as the audit keeps it. Of its times only a digest: thousands of quarter-hours say no more than that they changed.
create or replace function plant.tariff_json(p_code text)
returns jsonb
language sql stable
begin atomic
    select jsonb_build_object(
        'site', s.code, 'carrier', t.carrier, 'from', lower(t.valid), 'to', upper(t.valid),
        'prices', (
            select jsonb_object_agg(p.class, jsonb_strip_nulls(jsonb_build_object(
                'price_per_kwh', p.price_per_kwh, 'price_per_kw_month', p.price_per_kw_month
            )))
            from plant.tariff_price as p where p.tariff_id = t.tariff_id
        ),
        'times', (
            select md5(string_agg(d.classes::text, ',' order by d.month, d.day_type))
            from plant.tariff_day as d where d.tariff_id = t.tariff_id
        )
    )
    from plant.tariff as t
    join plant.site as s using (site_id)
    where t.code = p_code;
end;
comment on function plant.tariff_json(text) is 'A tariff and its prices as they are now; NULL where there is none of that code';
