-- A list that was read whole says by silence as well: an order of this source that started in the span and is not in the
-- list any more is withdrawn, and gives back what it held.
create or replace function ingest.import_orders_missing(
    p_source text, p_from timestamptz, p_to timestamptz, p_keys text[]
) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_gone ingest.run_order[];
begin
    perform pg_advisory_xact_lock(1819244148);
    with gone as (
        update ingest.run_order as o set is_withdrawn = true
        where o.source = p_source and not o.is_withdrawn
            and lower(o.during) >= p_from and lower(o.during) < p_to and o.key <> all (p_keys)
        returning o
    )
    select array_agg(g.o) into v_gone from gone as g;
    if v_gone is null then
        return 0;
    end if;
    perform ingest.follow_orders(v_gone);
    return cardinality(v_gone);
end
$$;

comment on function ingest.import_orders_missing is
'Withdraws orders of a source that started in a span and are not in its list any more; says how many';
