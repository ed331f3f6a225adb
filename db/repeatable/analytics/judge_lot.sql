create or replace function analytics.judge_lot(p_lot text, p_verdict text, p_note text)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_lot_id int;
    v_old jsonb;
begin
    select l.lot_id into v_lot_id from plant.lot as l where l.number = p_lot for update;
    if not found then
        raise exception 'lot % does not exist', p_lot
            using errcode = 'no_data_found', hint = 'lotwatt lots lists what there is.';
    end if;
    select jsonb_build_object('verdict', v.verdict, 'note', v.note) into v_old
    from analytics.lot_verdict as v where v.lot_id = v_lot_id;
    if p_verdict is null then
        delete from analytics.lot_verdict as v where v.lot_id = v_lot_id;
    else
        insert into analytics.lot_verdict (lot_id, verdict, note) values (v_lot_id, p_verdict, p_note)
        on conflict (lot_id) do update
        set verdict = excluded.verdict, note = excluded.note, judged_at = now(), judged_by = session_user;
    end if;
    insert into plant.audit (object, name, old_value, new_value, reason)
    values (
        'lot verdict', p_lot, v_old,
        case when p_verdict is not null then jsonb_build_object('verdict', p_verdict, 'note', p_note) end, p_note
    );
end
$$;
comment on function analytics.judge_lot(text, text, text) is
'Notes what a person says of a lot: real, false or planned_stop; NULL takes it back. Lots with a real excess or a planned stop train no model';
