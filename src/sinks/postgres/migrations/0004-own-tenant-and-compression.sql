-- What a review found: days were not compressed as their tables are, a decision could be read twice or with another tenant's words, and outcomes that
-- could not be told counted as no effect.

-- As before, and with the table's compression.
create or replace function aura.ensure_day(parent text, day date, days_max int) returns boolean
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
  execute format('create table aura_days.%I (like aura.%I including defaults including storage including compression)', child, parent);
  execute format(
    'with moved as (delete from aura_days.%I where %I >= %L and %I < %L returning *) insert into aura_days.%I select * from moved',
    parent || '_other', time_column, day_from, time_column, day_to, child);
  execute format('alter table aura.%I attach partition aura_days.%I for values from (%L) to (%L)', parent, child, day_from, day_to);
  return true;
end $$;

-- The days there are take it up for what is written from now on.
do $$
declare
  found record;
begin
  for found in
    select day.relname as name, b.attname as attribute
    from pg_inherits i
      join pg_class parent on parent.oid = i.inhparent and parent.relnamespace = 'aura'::regnamespace and parent.relkind = 'p'
      join pg_class day on day.oid = i.inhrelid
      join pg_attribute a on a.attrelid = parent.oid and a.attnum > 0
      join pg_attribute b on b.attrelid = day.oid and b.attname = a.attname
    where a.attcompression = 'l' and b.attcompression <> a.attcompression
  loop
    execute format('alter table aura_days.%I alter column %I set compression lz4', found.name, found.attribute);
  end loop;
end $$;

create or replace view aura.decision_evidence as
select d.tenant, d.fleet, d.cell, d.decided_at, d.proposal_id, d.kind, d.targets, d.verdict, d.reason as verdict_reason, d.dry_run, d.expires_at,
  p.reason as proposal_reason, p.parameters, p.expected_benefit, p.cost, p.undo, p.evidence, d.certificate,
  array(select vote ->> 'validator' from jsonb_array_elements(d.certificate -> 'signatures') as vote) as validators,
  acted.actions, o.verdict as outcome, o.effect
from aura.decisions d
  -- A proposal's id holds its cell and window; whoever writes other records may name any id.
  left join aura.proposals p on p.id = d.proposal_id and p.created_at = d.decided_at
    and p.tenant = d.tenant and p.fleet = d.fleet and p.cell = d.cell
  left join lateral (
    select array_agg(a.kind order by a.acted_at, a.log_offset) as actions from aura.actions a
    where a.proposal_id = d.proposal_id and a.tenant = d.tenant and a.fleet = d.fleet and a.cell = d.cell) acted on true
  left join lateral (
    select o.verdict, o.effect from aura.outcomes o
    where o.proposal_id = d.proposal_id and o.tenant = d.tenant and o.fleet = d.fleet and o.cell = d.cell order by o.measured_at desc limit 1) o on true;

create or replace view aura.outcomes_by_kind as
select o.tenant, o.kind, count(*) as interventions,
  count(*) filter (where o.verdict = 'IMPROVED') as improved,
  count(*) filter (where o.verdict = 'UNCHANGED') as unchanged,
  count(*) filter (where o.verdict = 'WORSENED') as worsened,
  avg(o.effect) filter (where o.verdict <> 'UNKNOWN') as effect_mean,
  percentile_cont(0.5) within group (order by o.effect) filter (where o.verdict <> 'UNKNOWN') as effect_median,
  max(o.measured_at) as last_measured_at,
  count(*) filter (where o.verdict = 'UNKNOWN') as unknown
from aura.outcomes o group by o.tenant, o.kind;
comment on column aura.outcomes_by_kind.effect_mean is 'Mean effect where it could be told: 1 is cured, 0 no change, negative is worse; null: it never could.';
comment on column aura.outcomes_by_kind.effect_median is 'Median effect where it could be told.';
comment on column aura.outcomes_by_kind.unknown is 'Outcomes with the verdict UNKNOWN: nothing could be compared.';
