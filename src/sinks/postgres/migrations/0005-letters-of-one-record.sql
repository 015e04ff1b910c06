-- One record of observations holds many reports, and those that are refused are letters of one origin and code, each with a value of its own: all but the first were
-- lost. The history gives up whole records; its row and its letter in the log hold the same in two forms.
alter table aura.dead_letters drop constraint dead_letters_pkey;
create unique index dead_letters_once on aura.dead_letters
  (origin_appended_at, log_id, processor, topic, partition, "offset", code,
   (case when processor = 'history' then ''::bytea else sha256(coalesce(value, ''::bytea)) end));
