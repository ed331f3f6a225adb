create view api.backup as
select
    b.file,
    b.made_at,
    b.size as bytes,
    c.checked_at as verified_at,
    c.difference is null and c.checked_at is not null as is_verified,
    c.difference
from ops.backup as b
left join lateral (
    select
        r.checked_at,
        r.difference
    from ops.restore_check as r
    where r.file = b.file and r.made_at = b.made_at
    order by r.checked_at desc, r.check_id desc
    limit 1
) as c on true;
comment on view api.backup is 'Backups that were made, and whether each was restored and compared';
comment on column api.backup.file is 'Name of the dump';
comment on column api.backup.made_at is 'Time of what it holds';
comment on column api.backup.bytes is 'Size of the dump';
comment on column api.backup.verified_at is 'When it was last restored into a scratch database and compared; NULL: not yet';
comment on column api.backup.is_verified is 'True: all of it came back';
comment on column api.backup.difference is 'What did not come back; NULL: nothing is missing, or it was not looked at';
