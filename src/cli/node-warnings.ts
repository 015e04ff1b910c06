/** kafkajs 2.2.4 sets timers in the past, which Node 24 warns of on each (kafkajs issue 1751). All other warnings are printed as ever. */
export function silenceNegativeTimeouts(): void {
  const printers = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name === 'TimeoutNegativeWarning') return;
    for (const print of printers) print(warning);
  });
}
