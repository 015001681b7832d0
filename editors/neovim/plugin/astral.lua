-- The command, the <Plug> maps, the highlight groups. No key is mapped and no server is started here.

if vim.g.loaded_astral then
  return
end
vim.g.loaded_astral = true

if vim.fn.has("nvim-0.11") == 0 then
  vim.api.nvim_create_user_command("Astral", function()
    vim.notify("astral: Neovim 0.11 or later is needed", vim.log.levels.ERROR)
  end, { nargs = "*", bang = true, range = true })
  return
end

vim.api.nvim_create_user_command("Astral", function(arguments)
  require("astral.command").run(arguments)
end, {
  nargs = "+",
  bang = true,
  range = true,
  desc = "Fill, repair and look at typed holes",
  complete = function(typed)
    return require("astral.command").complete(typed)
  end,
})

for _, name in ipairs({ "fill", "fillall", "repair", "next", "prev", "explain", "cancel", "status" }) do
  vim.keymap.set("n", ("<Plug>(astral-%s)"):format(name), ("<Cmd>Astral %s<CR>"):format(name), { desc = "astral: " .. name })
end
for _, part in ipairs({ "all", "line", "word" }) do
  vim.keymap.set("i", ("<Plug>(astral-accept-%s)"):format(part), function()
    require("astral.inline").accept(part)
  end, { desc = "astral: accept ghost text, " .. part })
end
vim.keymap.set("x", "<Plug>(astral-fill)", ":Astral fill<CR>", { silent = true, desc = "astral: rewrite the selection" })

local function highlights()
  for name, link in pairs({
    AstralForming = "String",
    AstralMask = "NonText",
    AstralPreview = "DiffAdd",
    AstralType = "Type",
    AstralPass = "DiagnosticOk",
    AstralFail = "DiagnosticError",
    AstralUnchecked = "DiagnosticWarn",
    AstralMuted = "Comment",
  }) do
    vim.api.nvim_set_hl(0, name, { link = link, default = true })
  end
end

highlights()
vim.api.nvim_create_autocmd("ColorScheme", { group = vim.api.nvim_create_augroup("astral.highlights", {}), callback = highlights })
