-- The hour of the week in plant time, 0 from Monday midnight. In the night that a clock goes back one comes twice, in
-- the other one is left out.
create or replace function analytics.hour_of_week(p_time timestamptz, p_time_zone text)
returns int
language sql stable
begin atomic
    select (extract(isodow from l.local) * 24 - 24 + extract(hour from l.local))::int
    from (select p_time at time zone p_time_zone as local) as l;
end;
comment on function analytics.hour_of_week is 'Hour of the week in plant time, 0 from Monday midnight';
