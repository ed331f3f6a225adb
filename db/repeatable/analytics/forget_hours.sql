-- Hours and medians that no fit and no score looks back on any more: older than the history of a baseline and the 28
-- days of a median, twice over. What was judged by them stays as it was judged.
create or replace function analytics.forget_hours(p_at timestamptz)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    v_before timestamptz := date_bin('1 day', p_at - 2 * (
        interval '28 days' + (select s.value::interval from ops.setting as s where s.name = 'baseline_history')
    ), 'epoch');
    v_rows bigint;
begin
    delete from analytics.background as b where b.day < v_before;
    delete from analytics.hour as h where h.hour < v_before;
    get diagnostics v_rows = row_count;
    update analytics.sensor_state as t set summarised_from = v_before
    where t.summarised_from < v_before and t.summarised_to >= v_before;
    return v_rows;
end
$$;
comment on function analytics.forget_hours is
'Forgets hours that no fit or score looks back on any more; returns how many';
