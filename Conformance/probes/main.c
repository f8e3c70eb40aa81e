// probe NAME        runs one probe
// probe --list      names all probes, one a line
// probe --all       runs each in a process of its own, at most 60 s; prints `NAME/finding: value`
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

static const struct probe *const topics[] = {
    vmm_probes,    vmm_access_probes, memory_probes,  copy_probes,  stream_probes, event_probes,
    capture_probes, graph_probes,     resolver_probes, context_probes, error_probes, host_probes,
    module_probes, launch_probes,     ptx_probes,     process_probes,  graph_memory_probes,
};
enum { TOPICS = sizeof topics / sizeof *topics, SECONDS_MAX = 60 };

static const struct probe *named(const char *name) {
  for (int topic = 0; topic < TOPICS; topic++)
    for (const struct probe *probe = topics[topic]; probe->name; probe++)
      if (!strcmp(probe->name, name)) return probe;
  return NULL;
}

static int run_apart(const char *self, const char *name) {
  int output[2];
  if (pipe(output)) return 1;
  pid_t child = fork();
  if (child == 0) {
    dup2(output[1], 1);
    close(output[0]);
    close(output[1]);
    alarm(SECONDS_MAX);
    execl(self, self, name, (char *)NULL);
    _exit(127);
  }
  close(output[1]);
  FILE *lines = fdopen(output[0], "r");
  char line[1024];
  while (fgets(line, sizeof line, lines)) printf("%s/%s", name, line);
  fclose(lines);
  int status = 0;
  waitpid(child, &status, 0);
  if (status == 0) return 0;
  if (WIFSIGNALED(status))
    printf("%s/ended-by-signal: %d\n", name, WTERMSIG(status));
  else
    printf("%s/exit-status: %d\n", name, WEXITSTATUS(status));
  return 1;
}

int main(int count, char **words) {
  if (count < 2) {
    fprintf(stderr, "usage: probe NAME | --list | --all\n");
    return 2;
  }
  bool list = !strcmp(words[1], "--list"), all = !strcmp(words[1], "--all");
  if (!list && !all) {
    const struct probe *probe = named(words[1]);
    if (!probe) {
      fprintf(stderr, "no probe is called %s\n", words[1]);
      return 2;
    }
    probe->run();
    return 0;
  }
  int failures = 0;
  for (int topic = 0; topic < TOPICS; topic++)
    for (const struct probe *probe = topics[topic]; probe->name; probe++) {
      if (!strncmp(probe->name, "helper-", 7)) continue;
      if (list) printf("%s\n", probe->name);
      if (all) failures += run_apart("/proc/self/exe", probe->name);
      fflush(stdout);
    }
  return failures ? 1 : 0;
}
