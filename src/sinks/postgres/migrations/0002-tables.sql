-- One table a topic. Every row says where in the log it was: log_id, log_partition, log_offset, appended_at.
--
-- What there is one of an agent or an edge is kept as arrays in the row of its cell and window; views take them apart. A row an agent and
-- window would cost five times the time to write and more room (README, "Measured").

create table aura.snapshots (
  tenant text not null, fleet text not null, cell int not null,
  window_start timestamptz not null, window_end timestamptz not null,
  late bigint not null,
  agents text[] not null, status text[] not null, heartbeats int[] not null, silent_ms bigint[] not null,
  latency_ms float8[] not null, traffic_per_s float8[] not null, error_rate float8[] not null, saturation float8[] not null,
  deviation_latency real[] not null, deviation_traffic real[] not null, deviation_errors real[] not null, deviation_saturation real[] not null,
  outsiders text[] not null,
  edge_caller int[] not null, edge_callee int[] not null, edge_count bigint[] not null, edge_errors bigint[] not null,
  edge_latency_ms float8[] not null, edge_boundary boolean[] not null,
  log_id text not null, log_partition int not null, log_offset bigint not null, appended_at timestamptz not null,
  primary key (tenant, fleet, cell, window_start)
) partition by range (window_start);
comment on table aura.snapshots is 'The state of one cell at the close of a window, one row a cell and window. To read it by agent or by edge: aura.agent_states, aura.interactions.';
comment on column aura.snapshots.late is 'Observations of the cell that came too late for their window since the last snapshot.';
comment on column aura.snapshots.agents is 'Agents of the cell, ascending; the arrays down to deviation_saturation have one element for each.';
comment on column aura.snapshots.status is 'The agent''s own word: UP, DEGRADED, DOWN, UNKNOWN.';
comment on column aura.snapshots.heartbeats is 'Heartbeats in the window.';
comment on column aura.snapshots.silent_ms is 'Window end minus the time of the last heartbeat, in ms.';
comment on column aura.snapshots.latency_ms is 'Mean latency over the window, in ms; null: not reported.';
comment on column aura.snapshots.traffic_per_s is 'Mean requests per second; null: not reported.';
comment on column aura.snapshots.error_rate is 'Share of requests that failed, 0 to 1; null: not reported.';
comment on column aura.snapshots.saturation is 'How full the scarcest resource is, 1 is full; null: not reported.';
comment on column aura.snapshots.deviation_latency is 'Robust z-score of the latency against the agent''s own baseline, -50 to 50.';
comment on column aura.snapshots.deviation_traffic is 'The same of the traffic.';
comment on column aura.snapshots.deviation_errors is 'The same of the error rate.';
comment on column aura.snapshots.deviation_saturation is 'The same of the saturation.';
comment on column aura.snapshots.outsiders is 'Ends of edges that are not in agents.';
comment on column aura.snapshots.edge_caller is 'Index from 1 into agents || outsiders; the edge_ arrays have one element an edge.';
comment on column aura.snapshots.edge_callee is 'Index from 1 into agents || outsiders.';
comment on column aura.snapshots.edge_count is 'Requests in the window.';
comment on column aura.snapshots.edge_errors is 'Requests of these that failed.';
comment on column aura.snapshots.edge_latency_ms is 'Mean latency in ms, as the caller saw it; null: not measured.';
comment on column aura.snapshots.edge_boundary is 'True where the callee belongs to another cell.';

create table aura.scores (
  tenant text not null, fleet text not null, cell int not null,
  window_start timestamptz not null, window_end timestamptz not null,
  snapshot_hash bytea not null, model text not null, horizon_ms bigint not null,
  cascade float8 not null,
  agents text[] not null, failure float8[] not null, confidence real[] not null,
  main_input text[] not null, main_input_weight real[] not null,
  inputs text[] not null, evidence_agent int[] not null, evidence_input smallint[] not null, evidence_weight real[] not null,
  outsiders text[] not null, neighbour_of int[] not null, neighbour int[] not null, neighbour_weight real[] not null,
  log_id text not null, log_partition int not null, log_offset bigint not null, appended_at timestamptz not null,
  primary key (tenant, fleet, cell, window_start)
) partition by range (window_start);
comment on table aura.scores is 'Failure scores of one cell in one window and its cascade risk. To read it by agent: aura.agent_scores, aura.score_evidence, aura.score_neighbours. The deviations that were scored are those of the snapshot of the same window.';
comment on column aura.scores.snapshot_hash is 'SHA-256 of the Avro body of the snapshot.';
comment on column aura.scores.model is 'Name and content hash of the model that scored.';
comment on column aura.scores.horizon_ms is 'The failure is expected within this time after the window''s end, in ms.';
comment on column aura.scores.cascade is 'Probability that several agents of the cell fail together within the horizon, 0 to 1.';
comment on column aura.scores.agents is 'Agents scored, ascending; the arrays down to main_input_weight have one element for each.';
comment on column aura.scores.failure is 'Probability that the agent fails within the horizon, 0 to 1.';
comment on column aura.scores.confidence is 'How much of what the model reads was there, 0 to 1.';
comment on column aura.scores.main_input is 'The input that raised the score most; null: no evidence.';
comment on column aura.scores.main_input_weight is 'By how much, in log-odds.';
comment on column aura.scores.inputs is 'Names of the inputs that evidence_input counts in.';
comment on column aura.scores.evidence_agent is 'Index from 1 into agents; the evidence_ arrays have one element a contribution.';
comment on column aura.scores.evidence_input is 'Index from 1 into inputs.';
comment on column aura.scores.evidence_weight is 'Change of the score''s log-odds when the input is put back to normal; positive raised the score.';
comment on column aura.scores.outsiders is 'Neighbours that are not in agents.';
comment on column aura.scores.neighbour_of is 'Index from 1 into agents; the neighbour arrays have one element a neighbour that bears on a score.';
comment on column aura.scores.neighbour is 'Index from 1 into agents || outsiders.';
comment on column aura.scores.neighbour_weight is 'Share of the agent''s requests that go to the neighbour, times its trouble.';

create table aura.signatures (
  tenant text not null, fleet text not null, cell int not null,
  window_start timestamptz not null, window_end timestamptz not null,
  snapshot_hash bytea not null, stability float8 not null, vector float8[] not null,
  states_dimension smallint[] not null, states_birth float8[] not null, states_death float8[] not null,
  graph_dimension smallint[] not null, graph_birth float8[] not null, graph_death float8[] not null,
  log_id text not null, log_partition int not null, log_offset bigint not null, appended_at timestamptz not null,
  primary key (tenant, fleet, cell, window_start)
) partition by range (window_start);
comment on table aura.signatures is 'Topology of one cell in one window. To read it by bar: aura.bars.';
comment on column aura.signatures.snapshot_hash is 'SHA-256 of the Avro body of the snapshot.';
comment on column aura.signatures.stability is '1 where the states'' diagram stays where its trailing baseline is, towards 0 the further it moved.';
comment on column aura.signatures.vector is 'The diagram as a vector of fixed length; src/topology names its entries.';
comment on column aura.signatures.states_dimension is 'Homology dimension of each bar of the Vietoris-Rips diagram of the agents'' states.';
comment on column aura.signatures.states_birth is 'Filtration value at which the class appears.';
comment on column aura.signatures.states_death is 'Filtration value at which it disappears; null: never.';
comment on column aura.signatures.graph_dimension is 'The same for the flag complex of the weighted interaction graph.';
comment on column aura.signatures.graph_birth is 'Filtration value at which the class appears.';
comment on column aura.signatures.graph_death is 'Filtration value at which it disappears; null: never.';

create table aura.cells (
  tenant text not null, fleet text not null, cell int not null,
  snapshot_window timestamptz, scores_window timestamptz,
  primary key (tenant, fleet, cell)
);
comment on table aura.cells is 'Every cell seen, and the newest window there is of it: finds what is current without a look at all days.';
comment on column aura.cells.snapshot_window is 'Start of the newest window in aura.snapshots; null: none.';
comment on column aura.cells.scores_window is 'Start of the newest window in aura.scores; null: none.';

create table aura.proposals (
  id text not null,
  tenant text not null, fleet text not null, cell int not null,
  kind text not null, targets text[] not null, parameters jsonb not null,
  created_at timestamptz not null, expires_at timestamptz not null,
  undo text not null, expected_benefit float8 not null, cost float8 not null, reason text not null,
  evidence jsonb not null,
  log_id text not null, log_partition int not null, log_offset bigint not null, appended_at timestamptz not null,
  primary key (id, created_at)
) partition by range (created_at);
comment on table aura.proposals is 'Interventions that somebody wanted.';
comment on column aura.proposals.id is 'The proposal: the same wish has the same id.';
comment on column aura.proposals.kind is 'THROTTLE, ISOLATE, REROUTE, RESTART, ESCALATE or UNKNOWN.';
comment on column aura.proposals.targets is 'Agents it is done to, ascending.';
comment on column aura.proposals.parameters is 'How it is to be done: an object of numbers by name.';
comment on column aura.proposals.created_at is 'End of the window it rests on.';
comment on column aura.proposals.expires_at is 'When a decision on it expires by itself and is undone.';
comment on column aura.proposals.undo is 'How it is undone.';
comment on column aura.proposals.expected_benefit is 'Expected number of agent failures avoided within the horizon.';
comment on column aura.proposals.cost is 'Share of the fleet''s capacity it forgoes while it lasts, 0 to 1.';
comment on column aura.proposals.reason is 'Why, in one sentence.';
comment on column aura.proposals.evidence is 'The record''s evidence field as JSON; hashes in hexadecimal.';

create table aura.actions (
  acted_at timestamptz not null,
  proposal_id text not null,
  tenant text not null, fleet text not null, cell int not null,
  kind text not null, actuator text not null, detail text not null,
  log_id text not null, log_partition int not null, log_offset bigint not null, appended_at timestamptz not null,
  primary key (acted_at, log_id, log_partition, log_offset)
) partition by range (acted_at);
create index on aura.actions (proposal_id);
comment on table aura.actions is 'What actuators say became of decisions.';
comment on column aura.actions.acted_at is 'When, by the actuator''s clock.';
comment on column aura.actions.kind is 'APPLIED, FAILED, EXPIRED, UNDONE or UNKNOWN.';
comment on column aura.actions.actuator is 'Who says so.';
comment on column aura.actions.detail is 'In words; may be empty.';

create table aura.outcomes (
  proposal_id text not null,
  tenant text not null, fleet text not null, cell int not null,
  kind text not null, targets text[] not null,
  applied_at timestamptz not null, measured_at timestamptz not null,
  windows_before int not null, windows_after int not null,
  before_latency_ms float8, before_traffic_per_s float8, before_error_rate float8, before_saturation float8, before_silent_ms float8 not null,
  after_latency_ms float8, after_traffic_per_s float8, after_error_rate float8, after_saturation float8, after_silent_ms float8 not null,
  effect float8 not null, verdict text not null,
  log_id text not null, log_partition int not null, log_offset bigint not null, appended_at timestamptz not null,
  primary key (proposal_id, measured_at)
) partition by range (measured_at);
comment on table aura.outcomes is 'What interventions did: means over their targets before and after they were applied.';
comment on column aura.outcomes.kind is 'Kind of the intervention.';
comment on column aura.outcomes.targets is 'Agents it was done to.';
comment on column aura.outcomes.applied_at is 'When it was applied, by the actuator.';
comment on column aura.outcomes.measured_at is 'End of the last window measured.';
comment on column aura.outcomes.windows_before is 'Windows measured before the application.';
comment on column aura.outcomes.windows_after is 'Windows measured after it.';
comment on column aura.outcomes.before_latency_ms is 'Mean latency of the targets before, in ms; null: not reported.';
comment on column aura.outcomes.before_traffic_per_s is 'Mean requests per second before; null: not reported.';
comment on column aura.outcomes.before_error_rate is 'Mean share of failed requests before, 0 to 1; null: not reported.';
comment on column aura.outcomes.before_saturation is 'Mean saturation before, 1 is full; null: not reported.';
comment on column aura.outcomes.before_silent_ms is 'Mean silence at the window''s end before, in ms.';
comment on column aura.outcomes.after_latency_ms is 'Mean latency of the targets after, in ms; null: not reported.';
comment on column aura.outcomes.after_traffic_per_s is 'Mean requests per second after; null: not reported.';
comment on column aura.outcomes.after_error_rate is 'Mean share of failed requests after, 0 to 1; null: not reported.';
comment on column aura.outcomes.after_saturation is 'Mean saturation after, 1 is full; null: not reported.';
comment on column aura.outcomes.after_silent_ms is 'Mean silence at the window''s end after, in ms.';
comment on column aura.outcomes.effect is 'Fall of the targets'' trouble as a share of what it was: 1 is cured, 0 no change, negative is worse.';
comment on column aura.outcomes.verdict is 'IMPROVED, UNCHANGED, WORSENED or UNKNOWN.';

create table aura.alerts (
  occurred_at timestamptz not null,
  tenant text not null, fleet text not null, cell int not null,
  severity text not null, code text not null, message text not null,
  log_id text not null, log_partition int not null, log_offset bigint not null, appended_at timestamptz not null,
  primary key (occurred_at, log_id, log_partition, log_offset)
) partition by range (occurred_at);
comment on table aura.alerts is 'What an operator should know.';
comment on column aura.alerts.occurred_at is 'Event time.';
comment on column aura.alerts.severity is 'INFO, WARNING or CRITICAL.';
comment on column aura.alerts.code is 'Stable code, such as cell-too-large.';
comment on column aura.alerts.message is 'In words.';

create table aura.dead_letters (
  origin_appended_at timestamptz not null,
  processor text not null,
  topic text not null, partition int not null, "offset" bigint not null,
  code text not null, reason text not null,
  key bytea, value bytea,
  log_id text not null, log_partition int not null, log_offset bigint not null, appended_at timestamptz not null,
  -- A letter may be written twice after a crash, and once more by the sink that refused the record.
  primary key (origin_appended_at, log_id, processor, topic, partition, "offset", code)
) partition by range (origin_appended_at);
comment on table aura.dead_letters is 'Records that could not be read, processed or stored, whole.';
comment on column aura.dead_letters.origin_appended_at is 'When the broker appended the record that was given up.';
comment on column aura.dead_letters.processor is 'Who gave it up; history where it could not be stored here.';
comment on column aura.dead_letters.topic is 'Topic it came from, without the configured prefix.';
comment on column aura.dead_letters.partition is 'Partition it came from.';
comment on column aura.dead_letters."offset" is 'Its offset there.';
comment on column aura.dead_letters.code is 'Stable reason, such as avro-truncated.';
comment on column aura.dead_letters.reason is 'In words.';
comment on column aura.dead_letters.key is 'Its key; null where there was none, or where it could not be stored here.';
comment on column aura.dead_letters.value is 'Its value; the decoded record as JSON where it could not be stored here.';

create table aura.late (
  closed_at timestamptz not null,
  tenant text not null, fleet text not null, cell int not null,
  agent text not null, kind text not null, observed_at timestamptz not null,
  value bytea not null,
  log_id text not null, log_partition int not null, log_offset bigint not null, appended_at timestamptz not null,
  primary key (closed_at, log_id, log_partition, log_offset)
) partition by range (closed_at);
comment on table aura.late is 'Observations that came after their window had closed.';
comment on column aura.late.closed_at is 'End of the last window that had closed when it came.';
comment on column aura.late.agent is 'Agent, or caller, that it is of.';
comment on column aura.late.kind is 'HEARTBEAT, INTERACTION or UNKNOWN.';
comment on column aura.late.observed_at is 'Its event time.';
comment on column aura.late.value is 'Avro body of an Observations record that holds it alone.';

create table aura.decisions (
  proposal_id text not null,
  tenant text not null, fleet text not null, cell int not null,
  kind text not null, targets text[] not null,
  verdict text not null, reason text not null, dry_run boolean not null,
  decided_at timestamptz not null, expires_at timestamptz not null,
  proposal bytea not null, certificate jsonb not null,
  log_id text not null, log_partition int not null, log_offset bigint not null, appended_at timestamptz not null,
  primary key (proposal_id, decided_at)
) partition by range (decided_at);
create index on aura.decisions (decided_at);
comment on table aura.decisions is 'Proposals the validators approved or rejected, with the proof. The proof covers proposal, verdict, reason, dry_run and decided_at; the rest are copies out of proposal.';
comment on column aura.decisions.kind is 'Kind of the intervention.';
comment on column aura.decisions.targets is 'Agents it is done to, ascending.';
comment on column aura.decisions.verdict is 'APPROVED or REJECTED; UNKNOWN stands for a word that this program does not know.';
comment on column aura.decisions.reason is 'Why it was rejected; empty when approved.';
comment on column aura.decisions.dry_run is 'True: not to be acted on.';
comment on column aura.decisions.decided_at is 'Event time of the decision: that of the proposal.';
comment on column aura.decisions.expires_at is 'Event time at which it expires by itself.';
comment on column aura.decisions.proposal is 'The value of the aura.proposals record, as it was in the log.';
comment on column aura.decisions.certificate is 'The quorum certificate: votes of the validators; hashes and signatures in hexadecimal.';

-- What the tables share.
do $$
declare
  found record;
begin
  for found in
    select c.relname as name, a.attname as attribute, shared.comment
    from pg_class c
      join pg_attribute a on a.attrelid = c.oid
      join (values
        ('tenant', 'Tenant id.'),
        ('fleet', 'Fleet id within the tenant.'),
        ('cell', 'Cell of the fleet, from 0.'),
        ('window_start', 'Start of the event-time window, inclusive.'),
        ('window_end', 'End of the event-time window, exclusive.'),
        ('proposal_id', 'The proposal it is about; aura.proposals.id.'),
        ('log_id', 'Provenance: the log the row''s record came from, as in aura.positions.'),
        ('log_partition', 'Provenance: partition of the record.'),
        ('log_offset', 'Provenance: offset of the record.'),
        ('appended_at', 'Provenance: when the broker appended the record.')
      ) as shared (attribute, comment) on shared.attribute = a.attname
    where c.relnamespace = 'aura'::regnamespace and c.relkind in ('r', 'p') and c.relname <> 'positions'
  loop
    execute format('comment on column aura.%I.%I is %L', found.name, found.attribute, found.comment);
  end loop;

  -- LZ4 where this server has it: arrays compress as well and cost a fraction.
  if exists (select from pg_settings where name = 'default_toast_compression' and 'lz4' = any (enumvals)) then
    for found in
      select c.relname as name, a.attname as attribute
      from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relnamespace = 'aura'::regnamespace and c.relkind = 'p' and a.attnum > 0 and a.attstorage = 'x'
    loop
      execute format('alter table aura.%I alter column %I set compression lz4', found.name, found.attribute);
    end loop;
  end if;

  -- For rows whose day has no partition of its own.
  for found in select relname as name from pg_class where relnamespace = 'aura'::regnamespace and relkind = 'p' loop
    execute format('create table aura_days.%I partition of aura.%I default', found.name || '_other', found.name);
  end loop;
end $$;

comment on column aura.migrations.version is 'Number of the migration.';
comment on column aura.migrations.name is 'Its file.';
comment on column aura.migrations.checksum is 'SHA-256 of its text, in hexadecimal.';
comment on column aura.migrations.applied_at is 'When it was applied, by the database''s clock.';
