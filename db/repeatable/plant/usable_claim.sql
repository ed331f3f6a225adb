-- An empty word, or one longer than any code can be, names nothing.
create or replace function plant.usable_claim(p_word text)
returns text
language sql immutable parallel safe
as $$ select case when length(p_word) between 1 and 256 then p_word end $$;
comment on function plant.usable_claim(text) is 'What is claimed; NULL where it is empty or longer than 256 characters';
