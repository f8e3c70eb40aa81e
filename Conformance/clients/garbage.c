// garbage SOCKET
//
// Speaks nonsense to an agent: datagrams of every wrong kind over 3 connections, then one that
// stays silent.
// Prints `connected` for each connection that was taken; the agent must outlive it.
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "random.h"

static int connection(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) return -1;
  strcpy(address.sun_path, path);
  int descriptor = socket(AF_UNIX, SOCK_SEQPACKET, 0);
  if (connect(descriptor, (struct sockaddr *)&address, sizeof address)) {
    close(descriptor);
    return -1;
  }
  printf("connected\n");
  return descriptor;
}

int main(int count, char **words) {
  if (count < 2) return 2;
  struct random_source random = {42};
  static uint8_t bytes[4096];
  const size_t sizes[] = {1, 127, 128, 129, 4096};
  for (int round = 0; round < 3; round++) {
    int descriptor = connection(words[1]);
    if (descriptor < 0) return 1;
    for (int i = 0; i < 20; i++) {
      for (size_t k = 0; k < sizeof bytes; k++) bytes[k] = (uint8_t)draw(&random);
      // Some with a right beginning, so that the inner checks are met as well.
      uint32_t magic = 0x4B4C4454;
      uint16_t version = 1, kind = (uint16_t)below(&random, 100);
      if (i % 2) {
        memcpy(bytes, &magic, 4);
        memcpy(bytes + 4, &version, 2);
        memcpy(bytes + 6, &kind, 2);
      }
      if (send(descriptor, bytes, sizes[i % 5], MSG_NOSIGNAL) < 0) break;
    }
    close(descriptor);
  }
  int silent = connection(words[1]);
  if (silent < 0) return 1;
  fflush(stdout);
  sleep(2);
  return 0;
}
