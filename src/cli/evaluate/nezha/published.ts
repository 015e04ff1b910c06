/** Published AS@k in percent, as the data's README quotes them: all 56 faults of OnlineBoutique and all 45 of TrainTicket (Nezha, ESEC/FSE 2023). */
export const published: Readonly<Record<string, Readonly<Record<string, readonly [number, number, number]>>>> = {
  OB: {
    'MicroScope (metrics)': [12.5, 41.1, 55.4],
    'MicroRCA (metrics)': [16.1, 62.5, 92.8],
    'MicroRank (traces)': [41.1, 48.2, 62.5],
    PDiagnose: [41.1, 73.2, 82.1],
    'Nezha without logs': [64.3, 64.3, 64.3],
    'Nezha with logs': [92.9, 96.4, 96.4],
  },
  TT: {
    'MicroScope (metrics)': [17.8, 26.7, 35.6],
    'MicroRCA (metrics)': [20.0, 31.1, 44.4],
    'MicroRank (traces)': [15.6, 24.4, 35.6],
    PDiagnose: [8.9, 13.3, 22.2],
    'Nezha without logs': [42.2, 44.4, 44.4],
    'Nezha with logs': [86.7, 97.8, 97.8],
  },
};
