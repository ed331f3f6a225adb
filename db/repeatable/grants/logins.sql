-- Logins of readers that were made since the last deploy.
select ops.guard_readers();
