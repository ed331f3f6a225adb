-- What depends on orders that were changed, as they were and as they are: runs of their machines, then their lots.
create or replace function ingest.follow_orders(p_touched ingest.run_order[]) returns void
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
declare
    v_machine record;
begin
    for v_machine in
        select t.machine_id, min(lower(t.during)) as from_time, max(coalesce(upper(t.during), 'infinity')) as to_time
        from unnest(p_touched) as t
        group by t.machine_id
        order by t.machine_id
    loop
        perform ingest.apply_orders(v_machine.machine_id, v_machine.from_time, v_machine.to_time);
    end loop;
    perform ingest.apply_order_lots((select array_agg(distinct t.lot_id) from unnest(p_touched) as t));
end
$$;

comment on function ingest.follow_orders is 'Brings runs and lots in line with orders that were changed';
