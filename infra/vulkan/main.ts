/** `node infra/vulkan/main.ts`: fetches a software Vulkan where none is found, and prints the variables that lead to it. */
import { softwareVulkan } from './software-vulkan.ts';

for (const [name, value] of Object.entries(await softwareVulkan())) process.stdout.write(`export ${name}='${value}'\n`);
