-- What an analyst wants first. README.md shows a query for each.

create view aura.agent_states as
select s.tenant, s.fleet, s.cell, a.agent, s.window_start, s.window_end,
  a.status, a.heartbeats, a.silent_ms, a.latency_ms, a.traffic_per_s, a.error_rate, a.saturation,
  a.deviation_latency, a.deviation_traffic, a.deviation_errors, a.deviation_saturation
from aura.snapshots s
  cross join lateral unnest(s.agents, s.status, s.heartbeats, s.silent_ms, s.latency_ms, s.traffic_per_s, s.error_rate, s.saturation,
    s.deviation_latency, s.deviation_traffic, s.deviation_errors, s.deviation_saturation)
    as a (agent, status, heartbeats, silent_ms, latency_ms, traffic_per_s, error_rate, saturation,
      deviation_latency, deviation_traffic, deviation_errors, deviation_saturation);
comment on view aura.agent_states is 'Snapshots by agent: one row an agent and window.';

create view aura.interactions as
select s.tenant, s.fleet, s.cell, n.nodes[e.caller] as caller, n.nodes[e.callee] as callee, s.window_start, s.window_end,
  e.count, e.errors, e.latency_ms, e.boundary
from aura.snapshots s
  cross join lateral (select s.agents || s.outsiders as nodes offset 0) n
  cross join lateral unnest(s.edge_caller, s.edge_callee, s.edge_count, s.edge_errors, s.edge_latency_ms, s.edge_boundary)
    as e (caller, callee, count, errors, latency_ms, boundary);
comment on view aura.interactions is 'The interaction graph: one row an edge and window.';
comment on column aura.interactions.caller is 'Agent that asked.';
comment on column aura.interactions.callee is 'Agent that was asked.';
comment on column aura.interactions.count is 'Requests in the window.';
comment on column aura.interactions.errors is 'Requests of these that failed.';
comment on column aura.interactions.latency_ms is 'Mean latency in ms, as the caller saw it; null: not measured.';
comment on column aura.interactions.boundary is 'True where the callee belongs to another cell.';

create view aura.agent_scores as
select s.tenant, s.fleet, s.cell, a.agent, s.window_start, s.window_end, a.failure, a.confidence, s.horizon_ms, s.model
from aura.scores s cross join lateral unnest(s.agents, s.failure, s.confidence) as a (agent, failure, confidence);
comment on view aura.agent_scores is 'Failure scores: one row an agent and window.';

create view aura.score_evidence as
select s.tenant, s.fleet, s.cell, s.agents[e.agent] as agent, s.window_start, s.window_end, s.inputs[e.input] as input, e.weight
from aura.scores s cross join lateral unnest(s.evidence_agent, s.evidence_input, s.evidence_weight) as e (agent, input, weight);
comment on view aura.score_evidence is 'What each failure score rests on: one row a contribution.';
comment on column aura.score_evidence.input is 'latency, traffic, errors, saturation, silence, neighbours or topology.';
comment on column aura.score_evidence.weight is 'Change of the score''s log-odds when the input is put back to normal; positive raised the score.';

create view aura.score_neighbours as
select s.tenant, s.fleet, s.cell, s.agents[e.agent] as agent, s.window_start, s.window_end, n.nodes[e.neighbour] as neighbour, e.weight
from aura.scores s
  cross join lateral (select s.agents || s.outsiders as nodes offset 0) n
  cross join lateral unnest(s.neighbour_of, s.neighbour, s.neighbour_weight) as e (agent, neighbour, weight);
comment on view aura.score_neighbours is 'The neighbours that bear on each failure score.';
comment on column aura.score_neighbours.neighbour is 'The neighbour.';
comment on column aura.score_neighbours.weight is 'Share of the agent''s requests that go to the neighbour, times its trouble.';

create view aura.cell_risk as
select s.tenant, s.fleet, s.cell, s.window_start, s.window_end, s.cascade, s.horizon_ms, cardinality(s.agents) as agent_count,
  a.failure_max, a.worst_agent, a.expected_failures, s.model
from aura.scores s
  cross join lateral (
    select max(failure) as failure_max, sum(failure) as expected_failures, (array_agg(agent order by failure desc, agent))[1] as worst_agent
    from unnest(s.agents, s.failure) as u (agent, failure)) a;
comment on view aura.cell_risk is 'Cascade risk: one row a cell and window.';
comment on column aura.cell_risk.agent_count is 'Agents scored.';
comment on column aura.cell_risk.failure_max is 'Highest failure score in the cell, 0 to 1.';
comment on column aura.cell_risk.worst_agent is 'The agent that has it.';
comment on column aura.cell_risk.expected_failures is 'Sum of the failure scores: agents expected to fail within the horizon.';

create view aura.current_risk as
select c.tenant, c.fleet, c.cell, x.agent, x.failure, x.confidence, s.cascade, x.main_input, x.main_input_weight,
  x.status, x.silent_ms, x.latency_ms, x.traffic_per_s, x.error_rate, x.saturation, s.window_end, s.horizon_ms, s.model
from aura.cells c
  -- "limit 1" and "offset 0" keep these subqueries whole: a look at the key for each cell, not a scan of every day, and each array
  -- taken apart once a cell, not once an agent.
  cross join lateral (
    select * from aura.scores s
    where s.tenant = c.tenant and s.fleet = c.fleet and s.cell = c.cell and s.window_start = c.scores_window limit 1) s
  left join lateral (
    select * from aura.snapshots n
    where n.tenant = c.tenant and n.fleet = c.fleet and n.cell = c.cell and n.window_start = c.scores_window limit 1) n on true
  cross join lateral (
    select a.agent, a.failure, a.confidence, a.main_input, a.main_input_weight,
      u.status, u.silent_ms, u.latency_ms, u.traffic_per_s, u.error_rate, u.saturation
    from unnest(s.agents, s.failure, s.confidence, s.main_input, s.main_input_weight)
        as a (agent, failure, confidence, main_input, main_input_weight)
      left join unnest(n.agents, n.status, n.silent_ms, n.latency_ms, n.traffic_per_s, n.error_rate, n.saturation)
        as u (agent, status, silent_ms, latency_ms, traffic_per_s, error_rate, saturation) on u.agent = a.agent
    offset 0) x;
comment on view aura.current_risk is 'Current risk by agent: the newest score of every agent, what weighs most in it, and the agent''s state in that window.';

create view aura.decision_evidence as
select d.tenant, d.fleet, d.cell, d.decided_at, d.proposal_id, d.kind, d.targets, d.verdict, d.reason as verdict_reason, d.dry_run, d.expires_at,
  p.reason as proposal_reason, p.parameters, p.expected_benefit, p.cost, p.undo, p.evidence, d.certificate,
  array(select vote ->> 'validator' from jsonb_array_elements(d.certificate -> 'signatures') as vote) as validators,
  acted.actions, o.verdict as outcome, o.effect
from aura.decisions d
  left join aura.proposals p on p.id = d.proposal_id
  left join lateral (
    select array_agg(a.kind order by a.acted_at, a.log_offset) as actions from aura.actions a where a.proposal_id = d.proposal_id) acted on true
  left join lateral (
    select o.verdict, o.effect from aura.outcomes o where o.proposal_id = d.proposal_id order by o.measured_at desc limit 1) o on true;
comment on view aura.decision_evidence is 'Decisions with the evidence they rest on, the proof, what actuators did and what came of it.';
comment on column aura.decision_evidence.kind is 'THROTTLE, ISOLATE, REROUTE, RESTART, ESCALATE or UNKNOWN.';
comment on column aura.decision_evidence.verdict_reason is 'Why it was rejected; empty when approved.';
comment on column aura.decision_evidence.validators is 'The validators whose votes the certificate holds.';
comment on column aura.decision_evidence.proposal_reason is 'Why it was proposed.';
comment on column aura.decision_evidence.actions is 'What actuators said, in order: APPLIED, FAILED, EXPIRED, UNDONE; null: nothing yet.';
comment on column aura.decision_evidence.outcome is 'IMPROVED, UNCHANGED, WORSENED or UNKNOWN; null: not measured.';

create view aura.outcomes_by_kind as
select o.tenant, o.kind, count(*) as interventions,
  count(*) filter (where o.verdict = 'IMPROVED') as improved,
  count(*) filter (where o.verdict = 'UNCHANGED') as unchanged,
  count(*) filter (where o.verdict = 'WORSENED') as worsened,
  avg(o.effect) as effect_mean, percentile_cont(0.5) within group (order by o.effect) as effect_median,
  max(o.measured_at) as last_measured_at
from aura.outcomes o group by o.tenant, o.kind;
comment on view aura.outcomes_by_kind is 'What each kind of intervention did.';
comment on column aura.outcomes_by_kind.kind is 'Kind of the intervention.';
comment on column aura.outcomes_by_kind.interventions is 'Outcomes measured.';
comment on column aura.outcomes_by_kind.improved is 'Outcomes with the verdict IMPROVED.';
comment on column aura.outcomes_by_kind.unchanged is 'Outcomes with the verdict UNCHANGED.';
comment on column aura.outcomes_by_kind.worsened is 'Outcomes with the verdict WORSENED.';
comment on column aura.outcomes_by_kind.effect_mean is 'Mean effect: 1 is cured, 0 no change, negative is worse.';
comment on column aura.outcomes_by_kind.effect_median is 'Median effect.';
comment on column aura.outcomes_by_kind.last_measured_at is 'Newest outcome.';

create view aura.bars as
select s.tenant, s.fleet, s.cell, s.window_start, s.window_end, 'states' as diagram, b.dimension, b.birth, b.death
from aura.signatures s cross join lateral unnest(s.states_dimension, s.states_birth, s.states_death) as b (dimension, birth, death)
union all
select s.tenant, s.fleet, s.cell, s.window_start, s.window_end, 'graph', b.dimension, b.birth, b.death
from aura.signatures s cross join lateral unnest(s.graph_dimension, s.graph_birth, s.graph_death) as b (dimension, birth, death);
comment on view aura.bars is 'Persistence diagrams: one row a bar.';
comment on column aura.bars.diagram is 'states: Vietoris-Rips of the agents'' states; graph: flag complex of the weighted interaction graph.';
comment on column aura.bars.dimension is 'Homology dimension, 0 or 1.';
comment on column aura.bars.birth is 'Filtration value at which the class appears.';
comment on column aura.bars.death is 'Filtration value at which it disappears; null: never.';

create view aura.topology_over_time as
select s.tenant, s.fleet, s.cell, s.window_start, s.window_end, s.stability,
  b.states_loops, b.states_longest_loop, b.states_h0_persistence, b.graph_components, b.graph_loops, r.cascade
from aura.signatures s
  cross join lateral (
    select count(*) filter (where diagram = 'states' and dimension = 1) as states_loops,
      coalesce(max(death - birth) filter (where diagram = 'states' and dimension = 1), 0) as states_longest_loop,
      coalesce(sum(death - birth) filter (where diagram = 'states' and dimension = 0), 0) as states_h0_persistence,
      count(*) filter (where diagram = 'graph' and dimension = 0 and death is null) as graph_components,
      count(*) filter (where diagram = 'graph' and dimension = 1) as graph_loops
    from (
      select 'states' as diagram, u.* from unnest(s.states_dimension, s.states_birth, s.states_death) as u (dimension, birth, death)
      union all
      select 'graph', u.* from unnest(s.graph_dimension, s.graph_birth, s.graph_death) as u (dimension, birth, death)) bars) b
  left join aura.scores r on r.tenant = s.tenant and r.fleet = s.fleet and r.cell = s.cell and r.window_start = s.window_start;
comment on view aura.topology_over_time is 'The shape of each cell over time, beside its cascade risk.';
comment on column aura.topology_over_time.states_loops is 'Bars of dimension 1 of the agents'' states.';
comment on column aura.topology_over_time.states_longest_loop is 'Longest finite one of them, in filtration value; 0: none.';
comment on column aura.topology_over_time.states_h0_persistence is 'Sum of the finite bars of dimension 0: how far apart the agents'' states lie.';
comment on column aura.topology_over_time.graph_components is 'Parts of the interaction graph that never meet.';
comment on column aura.topology_over_time.graph_loops is 'Bars of dimension 1 of the interaction graph.';
comment on column aura.topology_over_time.cascade is 'Cascade risk in the same window, 0 to 1; null: not scored.';

-- A view's column means what the table's column of that name means, where nothing was said above.
do $$
declare
  found record;
begin
  for found in
    select distinct on (v.relname, a.attname) v.relname as name, a.attname as attribute, d.description
    from pg_class v
      join pg_attribute a on a.attrelid = v.oid and a.attnum > 0
      join pg_class t on t.relnamespace = v.relnamespace and t.relkind = 'p'
      join pg_attribute b on b.attrelid = t.oid and b.attname = a.attname
      join pg_description d on d.objoid = t.oid and d.objsubid = b.attnum and d.classoid = 'pg_class'::regclass
    where v.relnamespace = 'aura'::regnamespace and v.relkind = 'v' and col_description(v.oid, a.attnum) is null
    order by v.relname, a.attname, t.relname
  loop
    execute format('comment on column aura.%I.%I is %L', found.name, found.attribute, found.description);
  end loop;
  for found in select relname as name from pg_class c where relnamespace = 'aura'::regnamespace and relkind = 'v'
    and exists (select from pg_attribute where attrelid = c.oid and attname = 'agent') loop
    execute format('comment on column aura.%I.agent is %L', found.name, 'Agent id within the fleet.');
  end loop;
end $$;
