create view api.health as
select
    h.place,
    h."check" as check_name,
    h.is_ok,
    h.said,
    h.hint
from ops.health as h;
comment on view api.health is 'Whether the data is to be trusted now: what lotwatt doctor looks at in the database, one row for each check';
comment on column api.health.place is 'Order of the checks';
comment on column api.health.check_name is 'What was looked at';
comment on column api.health.is_ok is 'True where all is well';
comment on column api.health.said is 'What was found';
comment on column api.health.hint is 'What to do where it is not well';
