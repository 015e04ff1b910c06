/* A libvulkan.so.1 in front of the one that REAL_VULKAN names: once the file LOSE_FILE is there, the device is lost at the next submission. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DEVICE_LOST = -4 };

typedef void (*Function)(void);
typedef Function (*Lookup)(void *owner, const char *name);
typedef int (*Submit)(void *queue, unsigned count, const void *submits, void *fence);

static Lookup instance_lookup;
static Lookup device_lookup;
static Submit real_submit;

static int submit(void *queue, unsigned count, const void *submits, void *fence) {
  if (access(getenv("LOSE_FILE"), F_OK) == 0) return DEVICE_LOST;
  return real_submit(queue, count, submits, fence);
}

static Function watched(const char *name, Function found) {
  if (found == NULL || strcmp(name, "vkQueueSubmit") != 0) return found;
  real_submit = (Submit)found;
  return (Function)submit;
}

static Function from_device(void *device, const char *name) {
  return watched(name, device_lookup(device, name));
}

Function vkGetInstanceProcAddr(void *instance, const char *name) {
  if (strcmp(name, "vkGetInstanceProcAddr") == 0) return (Function)vkGetInstanceProcAddr;
  if (instance_lookup == NULL)
    instance_lookup = (Lookup)dlsym(dlopen(getenv("REAL_VULKAN"), RTLD_NOW), "vkGetInstanceProcAddr");
  Function found = instance_lookup(instance, name);
  if (found == NULL || strcmp(name, "vkGetDeviceProcAddr") != 0) return watched(name, found);
  device_lookup = (Lookup)found;
  return (Function)from_device;
}
