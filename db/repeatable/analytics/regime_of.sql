-- What a machine was doing, as one number: the reference it ran, 0 nothing known, -1 idle, -2 a lot without reference.
create or replace function analytics.regime_of(p_state "char", p_reference_id int)
returns int
language sql immutable
begin atomic
    select case p_state when 'l' then coalesce(p_reference_id, -2) when 'i' then -1 else 0 end;
end;
comment on function analytics.regime_of is
'Number of a regime: the reference, 0 nothing known, -1 idle, -2 a lot without reference';
