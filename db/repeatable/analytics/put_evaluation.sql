create or replace function analytics.put_evaluation(p_results jsonb)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_rows bigint;
begin
    insert into analytics.evaluation (evaluated_at, subject, data, result)
    select now(), r.key, case r.key when 'plant' then 'own' else 'shipped' end, r.value
    from jsonb_each(p_results) as r;
    get diagnostics v_rows = row_count;
    return v_rows;
end
$$;
comment on function analytics.put_evaluation(jsonb) is 'Keeps what an evaluation found, by subject; returns how many';
