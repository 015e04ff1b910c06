-- Positions, days and retention: what every table of the history needs.
-- Tables are partitioned by day (UTC). Their partitions live in a schema of their own, so that \dt aura.* lists tables and not days.

create schema aura_days;
comment on schema aura is 'AURA: the history of snapshots, scores, decisions and outcomes. README: src/sinks/postgres';
comment on schema aura_days is 'The day partitions of the tables in aura; NAME_YYYYMMDD, and NAME_other for days that have none.';
comment on table aura.migrations is 'Migrations applied to this database, with the SHA-256 of their text.';

create table aura.positions (
  log_id text not null,
  topic text not null,
  partition int not null,
  next_offset bigint not null,
  updated_at timestamptz not null default now(),
  primary key (log_id, topic, partition)
);
comment on table aura.positions is 'How far each partition of the log is in this database; moves in the transaction that writes the rows.';
comment on column aura.positions.log_id is 'The log: the id of the Kafka cluster, or of one run of the embedded log.';
comment on column aura.positions.topic is 'Topic, without the configured prefix.';
comment on column aura.positions.partition is 'Partition of the topic.';
comment on column aura.positions.next_offset is 'The first offset that is not in the database yet.';
comment on column aura.positions.updated_at is 'When it last moved, by the database''s clock.';

-- Makes the partition of a day. Rows of that day that wait in NAME_other move into it. False: the table has days_max of them already.
create function aura.ensure_day(parent text, day date, days_max int) returns boolean
language plpgsql set client_min_messages = warning as $$
declare
  child text := parent || '_' || to_char(day, 'YYYYMMDD');
  day_from timestamptz := day::timestamp at time zone 'UTC';
  day_to timestamptz := (day + 1)::timestamp at time zone 'UTC';
  time_column text;
begin
  perform pg_advisory_xact_lock(hashtext('aura.ensure_day'));
  if to_regclass('aura_days.' || quote_ident(child)) is not null then
    return true;
  end if;
  if (select count(*) from pg_inherits where inhparent = to_regclass('aura.' || quote_ident(parent))) > days_max then
    return false;
  end if;
  select a.attname into strict time_column
    from pg_partitioned_table p join pg_attribute a on a.attrelid = p.partrelid and a.attnum = p.partattrs[0]
    where p.partrelid = to_regclass('aura.' || quote_ident(parent));
  -- Attaching leaves the other days open to readers and writers meanwhile; "partition of" would not.
  execute format('create table aura_days.%I (like aura.%I including defaults including storage)', child, parent);
  execute format(
    'with moved as (delete from aura_days.%I where %I >= %L and %I < %L returning *) insert into aura_days.%I select * from moved',
    parent || '_other', time_column, day_from, time_column, day_to, child);
  execute format('alter table aura.%I attach partition aura_days.%I for values from (%L) to (%L)', parent, child, day_from, day_to);
  return true;
end $$;
comment on function aura.ensure_day is 'Makes the partition of a day of a table; false where the table has days_max partitions already.';

-- Drops every day before `first_kept`, in all tables, and the rows of those days that have no partition of their own.
create function aura.drop_days_before(first_kept date) returns setof text
language plpgsql as $$
declare
  found record;
begin
  perform pg_advisory_xact_lock(hashtext('aura.ensure_day'));
  for found in
    select child.relname as name, parent.relname as parent, a.attname as time_column
    from pg_inherits i
      join pg_class child on child.oid = i.inhrelid
      join pg_class parent on parent.oid = i.inhparent
      join pg_partitioned_table p on p.partrelid = parent.oid
      join pg_attribute a on a.attrelid = p.partrelid and a.attnum = p.partattrs[0]
    where parent.relnamespace = 'aura'::regnamespace and parent.relkind = 'p'
    order by child.relname
  loop
    if found.name = found.parent || '_other' then
      execute format('delete from aura_days.%I where %I < %L', found.name, found.time_column, first_kept::timestamp at time zone 'UTC');
    elsif to_date(right(found.name, 8), 'YYYYMMDD') < first_kept then
      execute format('drop table aura_days.%I', found.name);
      return next found.name;
    end if;
  end loop;
end $$;
comment on function aura.drop_days_before is 'Retention: drops the partitions of all days before the given one and returns their names.';
