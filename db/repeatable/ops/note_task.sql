create or replace function ops.note_task(p_name text, p_duration_s float8, p_error text)
returns void
language sql volatile security definer
set search_path = pg_catalog, pg_temp
begin atomic
    insert into ops.task_state (name, last_run_at, duration_s, error)
    values (p_name, now(), p_duration_s, p_error)
    on conflict (name) do update
    set last_run_at = excluded.last_run_at, duration_s = excluded.duration_s, error = excluded.error;
end;
comment on function ops.note_task(text, float8, text) is 'Notes when a task of the scheduler ran and how it ended';
