create or replace function analytics.stop_machine(p_machine text, p_from timestamptz, p_to timestamptz, p_reason text)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    if coalesce(trim(p_reason), '') = '' then
        raise exception 'the planned stop has no reason'
            using errcode = 'invalid_parameter_value', hint = 'Say why: it is kept.';
    end if;
    if p_from is null or p_to is null or not isfinite(p_from) or not isfinite(p_to) or p_to <= p_from then
        raise exception 'a planned stop of % cannot go from % to %', p_machine, p_from, p_to
            using errcode = 'invalid_parameter_value', hint = 'Give a start and an end after it.';
    end if;
    return analytics.plan_stop(plant.machine_named(p_machine), p_from, p_to, p_reason);
end
$$;
comment on function analytics.stop_machine is
'Notes a planned stop of a machine by its code; returns its number';
