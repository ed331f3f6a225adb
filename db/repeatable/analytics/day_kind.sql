create or replace function analytics.day_kind(p_site_id int, p_day date)
returns text
language sql stable
as $$
    select case
        when extract(isodow from p_day) = 7 then 'off'
        when exists (select from analytics.holiday as h where h.site_id = p_site_id and h.day = p_day) then 'off'
        when extract(isodow from p_day) = 6 then 'saturday'
        else 'work'
    end
$$;
comment on function analytics.day_kind(int, date) is 'Kind of a day of a site: work, saturday, or off (Sundays and holidays)';
