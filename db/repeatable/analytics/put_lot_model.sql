-- A model of lots as the job made it. The same as the newest adds no version: no lot is judged anew for nothing.
create or replace function analytics.put_lot_model(p_model jsonb, out version int, out is_new boolean)
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_last analytics.lot_model;
begin
    lock table analytics.lot_model in share row exclusive mode;
    select m.* into v_last from analytics.lot_model as m order by m.version desc limit 1;
    version := v_last.version;
    is_new := v_last.parameters is distinct from p_model;
    if not is_new then
        return;
    end if;
    version := coalesce(v_last.version, 0) + 1;
    insert into analytics.lot_model (version, valid_from, data_to, lots, minimum_excess_kwh, parameters, reason)
    select
        put_lot_model.version,
        -- the first that can say anything judges all lots before it, too
        case when exists (select from analytics.lot_model as m where m.reason is null) then now() else '-infinity' end,
        (p_model ->> 'data_to')::timestamptz, (p_model ->> 'lots')::int,
        (p_model ->> 'minimum_excess_kwh')::float8, p_model, p_model ->> 'reason';
    insert into analytics.lot_fit (version, target, fall_back, lots, cv_rmse, nmbe, coverage, method)
    select put_lot_model.version, f.target, f.fall_back, f.lots, f.cv_rmse, f.nmbe, f.coverage, f.method
    from jsonb_to_recordset(p_model -> 'fits') as f (
        target text, fall_back text, lots int, cv_rmse float8, nmbe float8, coverage float8, method text
    );
    insert into analytics.lot_term (
        version, target, slopes, input, is_driver, is_linear, shift, coefficient, standard_error, p_value, minimum,
        maximum
    )
    select put_lot_model.version, t.*
    from jsonb_to_recordset(p_model -> 'terms') as t (
        target text, slopes text, input text, is_driver boolean, is_linear boolean, shift float8,
        coefficient float8, standard_error float8, p_value float8, minimum float8, maximum float8
    );
    insert into analytics.lot_level (
        version, target, rank, reference, family, machine, slopes, intercept, half_width, lots, fall_back, is_firm
    )
    select put_lot_model.version, l.*
    from jsonb_to_recordset(p_model -> 'levels') as l (
        target text, rank int, reference text, family text, machine text, slopes text, intercept float8,
        half_width float8, lots int, fall_back text, is_firm boolean
    );
    insert into analytics.lot_norm (version, reference, quantity, seconds_per_unit, power_kw, lots)
    select put_lot_model.version, n.*
    from jsonb_to_recordset(p_model -> 'norms') as n (
        reference text, quantity float8, seconds_per_unit float8, power_kw float8, lots int
    );
end
$$;
comment on function analytics.put_lot_model(jsonb) is
'Stores a model of lots as a new version, unless it is the same as the newest; its validity begins now, that of the first for ever';
