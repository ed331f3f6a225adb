-- What a file declares is stronger than what readings claimed or events told, and weaker than what a
-- person corrected: a corrected reference stays.
create or replace function plant.apply_lot(p_item jsonb)
returns table (object text, name text, action text, old_value jsonb, new_value jsonb)
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_number text := p_item ->> 'number';
    v_hidden text[] := '{lot_id,reference_id,reference_source,reference_claimed_at,good_quantity_source,scrap_quantity_source,source,created_at}';
    v_old plant.lot;
    v_new plant.lot;
    v_old_reference text;
    v_reference text;
begin
    select l.* into v_old from plant.lot as l where l.number = v_number for update;
    select r.code into v_old_reference from plant.reference as r where r.reference_id = v_old.reference_id;
    v_new := jsonb_populate_record(v_old, p_item);
    v_new.source := greatest(v_old.source, 'declared');
    v_reference := v_old_reference;
    if p_item ? 'reference' and v_old.reference_source is distinct from 'correction' then
        v_reference := p_item ->> 'reference';
        v_new.reference_id := case when v_reference is not null then plant.reference_named(v_reference) end;
        v_new.reference_source := 'declared';
    end if;
    if v_old.good_quantity_source is not distinct from 'correction' then
        v_new.good_quantity := v_old.good_quantity;
    elsif p_item ? 'good_quantity' then
        v_new.good_quantity_source := 'declared';
    end if;
    if v_old.scrap_quantity_source is not distinct from 'correction' then
        v_new.scrap_quantity := v_old.scrap_quantity;
    elsif p_item ? 'scrap_quantity' then
        v_new.scrap_quantity_source := 'declared';
    end if;
    if v_new.finished_at <= v_new.started_at then
        raise exception 'it would finish at %, not after its start at %', v_new.finished_at, v_new.started_at
            using errcode = 'check_violation', hint = 'Give finished_at after started_at.';
    end if;
    if v_old.lot_id is null then
        insert into plant.lot (
            number, reference_id, reference_source, planned_quantity, good_quantity, scrap_quantity,
            good_quantity_source, scrap_quantity_source, started_at, finished_at, source
        )
        values (
            v_new.number, v_new.reference_id, v_new.reference_source, v_new.planned_quantity, v_new.good_quantity,
            v_new.scrap_quantity, v_new.good_quantity_source, v_new.scrap_quantity_source, v_new.started_at, v_new.finished_at, v_new.source
        );
    elsif v_new is distinct from v_old then
        update plant.lot as l
        set
            reference_id = v_new.reference_id, reference_source = v_new.reference_source,
            planned_quantity = v_new.planned_quantity, good_quantity = v_new.good_quantity,
            scrap_quantity = v_new.scrap_quantity, good_quantity_source = v_new.good_quantity_source,
            scrap_quantity_source = v_new.scrap_quantity_source,
            started_at = v_new.started_at, finished_at = v_new.finished_at, source = v_new.source
        where l.lot_id = v_old.lot_id;
        if v_new.reference_id is distinct from v_old.reference_id then
            perform plant.queue_runs(
                array[v_old.lot_id], null,
                format('lot %s changed: reference %s -> %s', v_number, coalesce(v_old_reference, 'none'), coalesce(v_reference, 'none'))
            );
        end if;
    end if;
    return query select * from plant.record_change(
        'lot', v_number,
        case when v_old.lot_id is not null then to_jsonb(v_old) - v_hidden
            || jsonb_build_object('reference', v_old_reference) end,
        to_jsonb(v_new) - v_hidden || jsonb_build_object('reference', v_reference),
        'plant apply'
    );
end
$$;
comment on function plant.apply_lot(jsonb) is
'Makes one lot as declared, queues what depends on its reference; returns what changed';
