// opened WAY LIBRARY WORD...
//
// A program that is a library of another one: its main, which `make` has in it as `client_main`, is
// called with the words. WAY: `namespace`, opened in a namespace of the loader's own (dlmopen),
// where nothing preloaded is seen; `deepbind`, so that it prefers what it is linked to.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

int main(int count, char **words) {
  if (count < 3) return 2;
  int mode = RTLD_NOW | RTLD_LOCAL;
  void *library = !strcmp(words[1], "namespace") ? dlmopen(LM_ID_NEWLM, words[2], mode)
                                                 : dlopen(words[2], mode | RTLD_DEEPBIND);
  if (!library) {
    fprintf(stderr, "not opened: %s\n", dlerror());
    return 4;
  }
  int (*client_main)(int, char **) = (int (*)(int, char **))dlsym(library, "client_main");
  return client_main ? client_main(count - 2, words + 2) : 3;
}
