/** Published figures: percent of the runs in which the agent and the step at fault are named. */
export const published = {
  note: 'on all 184 runs (126 generated, 58 hand-crafted), of which a folder may hold a part; GPT-4o reads the log, without the right answer',
  source: 'Zhang et al., Which Agent Causes Task Failures and When?, ICML 2025, arXiv 2505.00212',
  'GPT-4o, whole log': {
    'Algorithm-Generated': { agent: 54.3, step: 12.5 },
    'Hand-Crafted': { agent: 55.2, step: 5.3 },
  },
  'GPT-4o, step by step': {
    'Algorithm-Generated': { agent: 35.2, step: 25.5 },
    'Hand-Crafted': { agent: 34.5, step: 7.0 },
  },
  'AgenTracer-8B, a language model trained for it (arXiv 2509.03312)': {
    'Algorithm-Generated': { step: 37.3 },
    'Hand-Crafted': { agent: 69.1, step: 20.7 },
  },
} as const;
