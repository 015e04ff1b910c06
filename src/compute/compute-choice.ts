/** What a process may be told to compute on; `auto`: whatever is fastest here. A file without imports: the configuration needs no ONNX Runtime. */
export const COMPUTE_CHOICES = ['auto', 'cpu', 'webgpu', 'cuda'] as const;
export type ComputeChoice = (typeof COMPUTE_CHOICES)[number];
