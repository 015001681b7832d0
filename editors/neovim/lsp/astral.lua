-- Read by vim.lsp.config: `vim.lsp.enable("astral")` is all that is needed. Change it with `vim.lsp.config("astral", {…})`.

---@type vim.lsp.Config
return {
  cmd = function(dispatchers)
    return require("astral.server").start(dispatchers)
  end,
  filetypes = { "python" },
  capabilities = { workspace = { workspaceEdit = { documentChanges = true }, diagnostics = { refreshSupport = true } } },
  root_dir = function(bufnr, on_dir)
    require("astral.server").root_dir(bufnr, on_dir)
  end,
  before_init = function(params, config)
    require("astral.server").before_init(params, config)
  end,
  on_exit = function(code, signal, client_id)
    require("astral.server").on_exit(code, signal, client_id)
  end,
  handlers = {
    ["astral/fillProgress"] = function(_, step, context)
      require("astral.forming").on_progress(step, context.client_id)
    end,
    ["workspace/diagnostic/refresh"] = function(_, _, context)
      return require("astral.server").pull_diagnostics(context.client_id)
    end,
    ["astral/status"] = function(_, status, context)
      require("astral.status").on_status(status, context.client_id)
    end,
  },
}
