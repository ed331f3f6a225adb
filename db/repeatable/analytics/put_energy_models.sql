-- Energy baselines. The first that is valid stays as it is, or all that follows would be compared with itself; until then
-- a new one takes the place of the last. A person renews one: that is a new version.
create or replace function analytics.put_energy_models(p_rows jsonb, p_is_renewal boolean)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_row record;
    v_last analytics.energy_model;
    v_energy_model_id bigint;
    v_written bigint := 0;
begin
    for v_row in
        select r.* from jsonb_to_recordset(p_rows) as r (
            level text, place text, carrier text, baseline_from date, baseline_to date, days int, mean_kwh float8,
            rmse_kwh float8, r2 float8, cv_rmse float8, nmbe float8, autocorrelation float8, t_90 float8,
            is_valid boolean, why text, reason text, terms jsonb
        )
    loop
        v_last := null;
        select m.* into v_last from analytics.energy_model as m
        where m.level = v_row.level and m.place = v_row.place and m.carrier = v_row.carrier
        order by m.version desc limit 1;
        continue when v_last.is_valid and not p_is_renewal;
        if not v_last.is_valid then
            delete from analytics.energy_model as m where m.energy_model_id = v_last.energy_model_id;
        end if;
        insert into analytics.energy_model (
            level, place, carrier, version, baseline_from, baseline_to, days, mean_kwh, rmse_kwh, r2, cv_rmse, nmbe,
            autocorrelation, t_90, is_valid, why, reason
        )
        values (
            v_row.level, v_row.place, v_row.carrier, coalesce(v_last.version, 0) + coalesce(v_last.is_valid, true)::int,
            v_row.baseline_from, v_row.baseline_to, v_row.days, v_row.mean_kwh, v_row.rmse_kwh, v_row.r2, v_row.cv_rmse,
            v_row.nmbe, v_row.autocorrelation, v_row.t_90, v_row.is_valid, v_row.why, v_row.reason
        )
        returning energy_model_id into v_energy_model_id;
        insert into analytics.energy_term (energy_model_id, input, coefficient, standard_error, p_value, minimum, maximum)
        select v_energy_model_id, t.*
        from jsonb_to_recordset(v_row.terms) as t (
            input text, coefficient float8, standard_error float8, p_value float8, minimum float8, maximum float8
        );
        v_written := v_written + 1;
    end loop;
    return v_written;
end
$$;
comment on function analytics.put_energy_models(jsonb, boolean) is
'Keeps energy baselines; one that is valid is only replaced by a renewal. Returns how many were written';
